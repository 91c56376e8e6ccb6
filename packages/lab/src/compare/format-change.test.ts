import { describe, expect, it } from "vitest";
import { formatChange, formatChangeInterval, formatFigure, formatSignedChange } from "./format-change.ts";

describe("changes in words", () => {
  it("say by how much and in which direction", () => {
    expect(formatChange(0.123)).toBe("is 12.3 % higher");
    expect(formatChange(-0.5)).toBe("is 50.0 % lower");
    expect(formatChange(-0.0004)).toBe("is the same to 0.1 %");
    expect(formatChange(Number.NaN)).toBe("is unknown");
    expect(formatSignedChange(-0.0123)).toBe("-1.2 %");
    expect(formatSignedChange(2.5)).toBe("+250 %");
  });

  it("do not print more digits than anybody knows", () => {
    expect(formatChangeInterval([-0.16, -0.081])).toBe("-16.0 % to -8.1 %");
    expect(formatChangeInterval([-0.99, 4e7])).toBe("-99.0 % to more than +1,000 %");
  });

  it("have figures in the unit of their metric", () => {
    expect(formatFigure(12.34, "ms")).toBe("12.3 ms");
    expect(formatFigure(12.34, "per-second")).toBe("12.3/s");
  });
});
