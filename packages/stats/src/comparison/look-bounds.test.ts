import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { createNormal } from "./fixtures/simulate-comparison.ts";
import { lookBounds } from "./look-bounds.ts";
import { studentTBound } from "./student-t.ts";

describe("lookBounds", () => {
  it("is Student's t where there is one look", () => {
    for (const rounds of [2, 5, 30])
      expect(lookBounds({ firstLook: rounds, maxRounds: rounds, alpha: 0.05 })[rounds]).toBeCloseTo(
        studentTBound(0.05, rounds - 1),
        6,
      );
  });

  it("asks less of the data the more there is, and at the end little more than a single look would", () => {
    const bounds = lookBounds({ firstLook: 4, maxRounds: 40, alpha: 0.05 });
    for (let rounds = 4; rounds <= 40; rounds += 1) expect(bounds[rounds]).toBeLessThan(bounds[rounds - 1]!);
    expect(bounds[40]! / studentTBound(0.05, 39)).toBeGreaterThan(1.05);
    expect(bounds[40]! / studentTBound(0.05, 39)).toBeLessThan(1.25);
  });

  // 20,000 comparisons: the standard error of 5 % is 0.15 %.
  it.each([
    [4, 10],
    [4, 40],
    [2, 20],
  ])("spends what it was given, with looks from round %i to round %i", (firstLook, maxRounds) => {
    const bounds = lookBounds({ firstLook, maxRounds, alpha: 0.05 });
    const normal = createNormal(createRandom(maxRounds));
    const trials = 20_000;
    let alarms = 0;
    for (let trial = 0; trial < trials; trial += 1) if (crosses(bounds, firstLook, normal)) alarms += 1;
    expect(alarms / trials).toBeGreaterThan(0.045);
    expect(alarms / trials).toBeLessThan(0.055);
  });
});

function crosses(bounds: Float64Array, firstLook: number, normal: () => number): boolean {
  let [sum, squares] = [0, 0];
  for (let rounds = 1; rounds < bounds.length; rounds += 1) {
    const ratio = normal();
    sum += ratio;
    squares += ratio * ratio;
    if (rounds < firstLook) continue;
    const standardError = Math.sqrt((squares - (sum * sum) / rounds) / (rounds - 1) / rounds);
    if (Math.abs(sum / rounds) > bounds[rounds]! * standardError) return true;
  }
  return false;
}
