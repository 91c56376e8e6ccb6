import { describe, expect, it } from "vitest";
import { parseVectorRows } from "./parse-vector-rows.ts";

const place = (index: number): string => `rows[${index}]`;
const base64 = Buffer.from(Float32Array.of(0.5, -2).buffer).toString("base64");

describe("parseVectorRows", () => {
  it("reads numbers and base64, also side by side", () => {
    const block = parseVectorRows([[1, 2.5], base64, [-0, 3]], place);
    expect(block).toEqual({ count: 3, dimensions: 2, values: Float32Array.of(1, 2.5, 0.5, -2, -0, 3) });
  });

  it("reads base64 as little-endian", () => {
    expect(parseVectorRows(["AACAPw=="], place).values).toEqual(Float32Array.of(1));
  });

  it.each<[string, unknown[], string]>([
    ["a row of another length", [[1, 2], [1]], "rows[1]: expected 2 values as in the first row, got 1"],
    [
      "a row that is missing",
      [[1], undefined],
      "rows[1]: expected a vector (a list of numbers or base64), got nothing",
    ],
    ["an empty row", [[]], "rows[0]: expected a vector (a list of numbers or base64), got an empty list"],
    ["null among the numbers", [[1, null]], "rows[0][1]: expected a number, got null"],
    ["a string among the numbers", [[1, "NaN"]], 'rows[0][1]: expected a number, got "NaN"'],
    [
      "a number that float32 cannot hold",
      [[1], [1e39]],
      "rows[1][0]: expected a finite float32, got Infinity",
    ],
    [
      "base64 of NaN",
      [Buffer.from(Float32Array.of(1, Number.NaN).buffer).toString("base64")],
      "rows[0][1]: expected a finite float32, got NaN",
    ],
    [
      "base64 of a broken length",
      ["AACA"],
      "rows[0]: expected base64 of float32 values (4 bytes each), got 3 bytes",
    ],
    ["text that is no base64", ["AA*APw=="], 'rows[0]: expected base64, got "AA*APw=="'],
  ])("names %s", (_name, rows, message) => {
    expect(() => parseVectorRows(rows, place)).toThrow(
      expect.objectContaining({ code: "TARGET_ANSWER_INVALID", message }),
    );
  });
});
