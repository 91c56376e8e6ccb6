import { describe, expect, it } from "vitest";
import { studentTBound, studentTOutside } from "./student-t.ts";

describe("studentTBound", () => {
  // The table that every textbook has; its digits are those of R's qt(1 - outside / 2, degrees).
  it.each([
    [0.05, 1, 12.706205],
    [0.05, 2, 4.302653],
    [0.05, 4, 2.776445],
    [0.05, 9, 2.262157],
    [0.05, 39, 2.022691],
    [0.01, 30, 2.749996],
    [0.1, 7, 1.894579],
    [0.001, 2, 31.599055],
    [0.05, 1000, 1.962339],
  ])("outside %f with %i degrees is %f", (outside, degrees, expected) => {
    expect(studentTBound(outside, degrees)).toBeCloseTo(expected, 6);
  });

  it("is the tangent with one degree of freedom, far out too", () => {
    for (const outside of [0.5, 1e-3, 1e-9])
      expect(studentTBound(outside, 1) / Math.tan((Math.PI / 2) * (1 - outside))).toBeCloseTo(1, 6);
  });

  it("undoes studentTOutside", () => {
    for (const degrees of [1, 3, 17, 200, 5000])
      for (const t of [0.01, 0.7, 2, 6])
        expect(studentTBound(studentTOutside(t, degrees), degrees) / t).toBeCloseTo(1, 8);
  });
});
