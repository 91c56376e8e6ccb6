import { describe, expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { countVerdicts, type SimulatedComparison } from "./fixtures/simulate-comparison.ts";

/** A server whose latency wanders as busy ones do, in halves of 40 requests. */
const wandering: SimulatedComparison = { change: 0, correlation: 0.95, spread: 0.25, requests: 40 };

describe("verdicts on a server whose latency wanders, looked at after every round", () => {
  it.each([0.9, 0.95, 0.97])(
    "is alarmed by at most 7 % of 500 comparisons with itself at %f",
    (correlation) => {
      const { faster, slower } = countVerdicts({ ...wandering, correlation }, 500, createRandom(1));
      expect(faster + slower).toBeLessThanOrEqual(0.07);
    },
  );

  it.each([0.9, 0.97])("finds 20 % more in at least 90 % within 40 rounds at %f", (correlation) => {
    const { slower, faster } = countVerdicts(
      { ...wandering, correlation, change: 0.2 },
      200,
      createRandom(2),
    );
    expect(slower).toBeGreaterThanOrEqual(0.9);
    expect(faster).toBe(0);
  });

  it.each([-0.02, 0.02])("calls %f the same within 5 %", (change) => {
    const steadier = { ...wandering, correlation: 0.9, spread: 0.06, requests: 100, change };
    const { same, faster, slower } = countVerdicts(steadier, 200, createRandom(3));
    expect(same).toBeGreaterThanOrEqual(0.9);
    expect(faster + slower).toBeLessThanOrEqual(0.03);
  });

  it("stands heavy tails, halves of any length and a machine that gets slower", () => {
    const rough: SimulatedComparison = {
      ...wandering,
      tails: "heavy",
      drift: 1e-4,
      requests: (random) => 20 + Math.floor(80 * random()),
    };
    const { faster, slower } = countVerdicts(rough, 300, createRandom(4));
    expect(faster + slower).toBeLessThanOrEqual(0.07);
    expect(countVerdicts({ ...rough, change: 0.2 }, 100, createRandom(5)).slower).toBeGreaterThanOrEqual(0.9);
  });
});
