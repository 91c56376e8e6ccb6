import { describe, expect, it } from "vitest";
import type { RecordHead } from "@weir/lab";
import { createTestContext } from "../fixtures/test-context.ts";
import { printResult, type PrintableResult } from "./print-result.ts";
import { readFormat } from "./result-format.ts";

const result: PrintableResult = {
  record: {
    kind: "sweep",
    verdict: { kind: "pass", sentence: "Best at *8*.", reasons: ["Best at *8*", "one case | failed"] },
  } as unknown as RecordHead<"sweep", "pass">,
  tables: [{ title: null, columns: [{ key: "p95Ms", heading: "p95" }], rows: [{ cells: [12.345] }] }],
  remarks: ["Measured on loopback."],
  describe: () => ["for people"],
};

describe("a result", () => {
  it.each([
    ["table", "\nfor people\n", ""],
    ["csv", "p95Ms\n12.345\n", "\nfor people\n"],
    ["json", `${JSON.stringify(result.record, undefined, 2)}\n`, "\nfor people\n"],
    [
      "md",
      String.raw`**Best at \*8\*.**

- one case \| failed

| p95 |
| --- |
| 12.3 |

Measured on loopback.
`,
      "\nfor people\n",
    ],
  ] as const)("as %s has stdout to itself", (format, stdout, stderr) => {
    const test = createTestContext();
    printResult(result, test.context, format);
    expect(test.written.stdout).toBe(stdout);
    expect(test.written.stderr).toBe(stderr);
  });
});

it("has one format", () => {
  expect([readFormat({}), readFormat({ json: true }), readFormat({ format: "csv" })]).toEqual([
    "table",
    "json",
    "csv",
  ]);
  expect(() => readFormat({ format: "xml" })).toThrow('--format: expected table, json, csv, md, got "xml".');
  expect(() => readFormat({ format: "md", json: true })).toThrow("--json and --format md");
});
