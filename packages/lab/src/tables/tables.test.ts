import { expect, it } from "vitest";
import type { DataTable } from "./data-table.ts";
import { encodeCsv } from "./encode-csv.ts";
import { encodeMarkdownTable } from "./encode-markdown.ts";
import { showCells } from "./show-cells.ts";

const table: DataTable = {
  title: "What came out",
  columns: [
    { key: "case", heading: "case" },
    { key: "p95Ms", heading: "p95", show: (value) => `${String(value)} ms` },
    { key: "textsPerSecond", heading: "texts/s" },
    { key: "good", heading: "good" },
  ],
  rows: [
    { cells: ['500 | x, "8"', 12.25, 1234.5678, true] },
    { cells: ["two\nlines", null, 0.123456, false], tone: "bad" },
  ],
};

it("is read by people with three digits and a dash where there is no figure", () => {
  expect(showCells(table)).toEqual([
    ["case", "p95", "texts/s", "good"],
    ['500 | x, "8"', "12.25 ms", "1,235", "yes"],
    ["two\nlines", "-", "0.123", "no"],
  ]);
});

it("is CSV with full figures, quoted where it must be", () => {
  expect(encodeCsv(table)).toBe(
    'case,p95Ms,textsPerSecond,good\n"500 | x, ""8""",12.25,1234.5678,true\n"two\nlines",,0.123456,false\n',
  );
});

it("is Markdown in which foreign text changes nothing", () => {
  expect(encodeMarkdownTable(table)).toBe(
    [
      "**What came out**",
      "",
      "| case | p95 | texts/s | good |",
      "| --- | ---: | ---: | ---: |",
      String.raw`| 500 \| x, "8" | 12.25 ms | 1,235 | yes |`,
      "| two lines | - | 0.123 | no |",
      "",
    ].join("\n"),
  );
});
