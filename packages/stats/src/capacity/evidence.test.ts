import { describe, expect, it } from "vitest";
import { normalCdf, shareEvidence } from "./evidence.ts";

describe("shareEvidence", () => {
  it("is 0 at the allowed share, and grows with samples and distance", () => {
    expect(shareEvidence(5, 100, 0.05)).toBeCloseTo(0);
    expect(shareEvidence(0, 0, 0.05)).toBe(0);
    expect(shareEvidence(10, 100, 0.05)).toBeCloseTo(2.03, 2);
    expect(shareEvidence(40, 400, 0.05)).toBeCloseTo(2 * shareEvidence(10, 100, 0.05));
    expect(shareEvidence(400, 400, 0.05)).toBeGreaterThan(40);
  });

  it("takes few samples within a limit for what they are", () => {
    expect(shareEvidence(0, 20, 0.05)).toBeCloseTo(-1.43, 2);
    expect(shareEvidence(0, 72, 0.05)).toBeCloseTo(-2.72, 2);
    expect(shareEvidence(0, 2, 0.05)).toBeGreaterThan(-0.5);
  });
});

it("normalCdf has the values of the tables", () => {
  for (const [z, chance] of [
    [0, 0.5],
    [1, 0.8413447],
    [1.96, 0.9750021],
    [-3, 0.0013499],
  ] as const)
    expect(normalCdf(z)).toBeCloseTo(chance, 6);
});
