import type { LoadProgress } from "@weir/load";
import { describe, expect, it } from "vitest";
import { parseLimit } from "../record/limit.ts";
import { ProbeWatch, type EarlyEnd, type WatchedProbe } from "./watch-probe.ts";

interface Moment {
  readonly completed?: number;
  readonly failed?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly inFlight?: number;
}

/** A probe of 10 s after 2 s of warm-up, looked at every 250 ms; `at` is what it looks like, from 0 to 1. */
function watch(
  probe: Partial<WatchedProbe>,
  at: (share: number) => Moment,
): { end?: EarlyEnd; atMs: number } {
  const watching = new ProbeWatch({
    limits: [parseLimit("response.p95 < 100ms"), parseLimit("errors < 1%")],
    durationMs: 10_000,
    mayPassEarly: true,
    ...probe,
  });
  for (let elapsedMs = 0; elapsedMs < 12_000; elapsedMs += 250) {
    const share = Math.max(0, elapsedMs - 2000) / 10_000;
    const { completed = 1000 * share, failed = 0, p50Ms = 50, p99Ms = p50Ms, inFlight = 8 } = at(share);
    const figures = { p50Ms, p95Ms: p99Ms, p99Ms };
    const end = watching.look({
      phase: elapsedMs < 2000 ? "warm-up" : "measuring",
      elapsedMs,
      completed,
      failed,
      inFlight,
      waiting: 0,
      recent: figures,
      overall: figures,
      ttft: null,
    } as unknown as LoadProgress);
    if (end !== undefined) return { end, atMs: elapsedMs - 2000 };
  }
  return { atMs: Infinity };
}

describe("a probe that is watched", () => {
  it("goes to its end where its rest could still change anything", () => {
    expect(watch({}, () => ({ p50Ms: 90, p99Ms: 140 })).end).toBeUndefined();
    expect(watch({}, () => ({ failed: 12 })).end).toBeUndefined();
    // Half of the answers were late at first, and none are now.
    expect(watch({}, (share) => ({ p50Ms: share < 0.39 ? 300 : 60 })).end).toBeUndefined();
  });

  it("ends where half of the answers are late for a limit on the slowest few", () => {
    const { end, atMs } = watch({}, () => ({ p50Ms: 150 }));
    expect(end).toMatchObject({ kind: "missed" });
    expect(atMs).toBe(4000);
    expect(
      watch({ limits: [parseLimit("response.p50 < 100ms")] }, () => ({ p50Ms: 150 })).end,
    ).toBeUndefined();
    expect(watch({}, () => ({ p50Ms: 150, completed: 19 })).end).toBeUndefined();
  });

  it("ends where far more fails than may", () => {
    expect(watch({}, (share) => ({ failed: 500 * share })).end).toMatchObject({ kind: "missed" });
  });

  it("ends where nothing comes near a limit, unless it is to confirm an edge", () => {
    const { end, atMs } = watch({}, () => ({ p50Ms: 10, p99Ms: 30 }));
    expect(end).toMatchObject({ kind: "held" });
    expect(atMs).toBe(5000);
    expect(watch({ mayPassEarly: false }, () => ({ p50Ms: 10, p99Ms: 30 })).end).toBeUndefined();
    expect(watch({}, () => ({ p50Ms: 10, p99Ms: 60 })).end).toBeUndefined();
    expect(watch({}, () => ({ p50Ms: 10, p99Ms: 30, failed: 1 })).end).toBeUndefined();
    expect(watch({}, () => ({ p50Ms: 10, p99Ms: 30, completed: 300 })).end).toBeUndefined();
    const gaps = [parseLimit("gap.p95 < 100ms")];
    expect(watch({ limits: gaps }, () => ({ p50Ms: 10, p99Ms: 30 })).end).toBeUndefined();
  });

  it("ends where more and more wait for longer and longer", () => {
    const drowning = watch({ mayPassEarly: false }, (share) => ({
      inFlight: 20 + 200 * share,
      p50Ms: 20 + 60 * share,
      p99Ms: 95,
    }));
    expect(drowning.end).toMatchObject({ kind: "drowning" });
    const busier = watch({ mayPassEarly: false }, (share) => ({ inFlight: 20 + 200 * share, p50Ms: 50 }));
    expect(busier.end).toBeUndefined();
    const slower = watch({ mayPassEarly: false }, (share) => ({ p50Ms: 20 + 60 * share, p99Ms: 95 }));
    expect(slower.end).toBeUndefined();
  });
});
