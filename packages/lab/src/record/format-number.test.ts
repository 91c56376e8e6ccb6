import { describe, expect, it } from "vitest";
import { formatDuration, formatMs, formatNumber, formatShare } from "./format-number.ts";

describe("numbers for people", () => {
  it("have three digits that matter", () => {
    expect([0, 0.0123, 0.4567, 1, 9.994, 9.996, 12.34, 99.96, 123.4, 12_345.6].map(formatNumber)).toEqual([
      "0",
      "0.0123",
      "0.457",
      "1.00",
      "9.99",
      "10.0",
      "12.3",
      "100",
      "123",
      "12,346",
    ]);
    expect([0.5, 402, 9999, 12_345].map(formatMs)).toEqual(["0.500 ms", "402 ms", "9,999 ms", "12.3 s"]);
    expect([450, 3000, 3456, 12_345, 59_960, 60_000, 125_000, 7_380_000].map(formatDuration)).toEqual([
      "450 ms",
      "3 s",
      "3.46 s",
      "12.3 s",
      "1 min",
      "1 min",
      "2 min 5 s",
      "2 h 3 min",
    ]);
    expect([0, 0.0042, 0.034, 0.123, 0.999, 1].map(formatShare)).toEqual([
      "0 %",
      "0.42 %",
      "3.4 %",
      "12 %",
      "99.9 %",
      "100 %",
    ]);
  });
});
