import { expect, it } from "vitest";
import { encodeMarkdownTable } from "./encode-markdown.ts";
import { turnTable } from "./turn-table.ts";

it("puts a row on its side, without the figures that there are not", () => {
  const columns = [
    { key: "id", heading: "run" },
    { key: "p50Ms", heading: "p50", show: (value: unknown) => `${String(value)} ms` },
    { key: "p95Ms", heading: "p95" },
  ];
  const turned = turnTable({ title: null, columns, rows: [{ cells: ["a", 12, null] }] });
  expect(encodeMarkdownTable(turned)).toBe(
    "| figure | value |\n| --- | ---: |\n| run | a |\n| p50 | 12 ms |\n",
  );
});
