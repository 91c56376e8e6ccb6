import { describe, expect, it } from "vitest";
import { drawInterval, drawRounds } from "./draw-change.ts";

const drawn = { change: 0.01, interval: [-0.02, 0.04] as const, delta: 0.05, changes: [0.01, 0.012, -0.02] };

describe("drawInterval", () => {
  it("shows the interval between what matters, with no difference in the middle", () => {
    expect(drawInterval(drawn, 41)).toBe("-9.3 % ----------:-----[===|=+=====]-:---------- +10.3 %");
  });

  it("reaches as far as the change does", () => {
    const far = drawInterval({ ...drawn, change: 1, interval: [0.8, 1.2] }, 41);
    expect(far).toMatch(/^-5\d\.\d % -+:\|:-+\[=*\+=*\]-* \+12\d %$/);
  });

  it("says where an interval goes on beyond the axis, and does without one", () => {
    const wide = drawInterval({ ...drawn, interval: [-0.6, 40], changes: [] }, 41);
    expect(wide).toMatch(/ <=+:=+\|\+?=+.*> /);
    expect(drawInterval({ ...drawn, change: undefined, interval: null, changes: [] }, 21)).toMatch(
      /^-9\.3 % -+:-+\|-+:-+ \+10\.3 %$/,
    );
  });

  it.each([21, 41, 61])("is %i characters between its ends", (columns) => {
    expect(/ ([^ %]+) \+/.exec(drawInterval(drawn, columns))![1]).toHaveLength(columns);
  });
});

describe("drawRounds", () => {
  it("counts rounds in each place of the same axis", () => {
    const line = drawRounds(drawn, 41);
    expect(line.replaceAll(" ", "")).toMatch(/^1(2|11)$/);
    const offset = drawInterval(drawn, 41).indexOf("|");
    expect(line.indexOf("1")).toBeLessThan(offset);
    expect(line.lastIndexOf(line.endsWith("2") ? "2" : "1")).toBeGreaterThan(offset);
    expect(drawRounds({ ...drawn, changes: Array.from({ length: 12 }, () => 0) }, 41).trim()).toBe("#");
  });
});
