import { describe, expect, it } from "vitest";
import { estimateReadyInMs } from "./ready-again.ts";

describe("when a replica will serve again", () => {
  it("is after a pause and a start like the last one, also before its end was noted", () => {
    expect(estimateReadyInMs(undefined, 3_000, 50_000)).toBe(3_100);
    expect(estimateReadyInMs(53_100, 3_000, 50_000)).toBe(3_100);
    expect(estimateReadyInMs(53_100, 3_000, 51_100)).toBe(2_000);
  });

  it("never is sooner than a good part of a start, and grows while it is overdue", () => {
    expect(estimateReadyInMs(53_100, 3_000, 53_090)).toBe(750);
    expect(estimateReadyInMs(53_100, 3_000, 53_200)).toBe(750);
    expect(estimateReadyInMs(53_100, 3_000, 55_100)).toBe(2_000);
    expect(estimateReadyInMs(53_100, 20, 53_100)).toBe(100);
  });
});
