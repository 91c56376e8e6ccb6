import { describe, expect, it } from "vitest";
import { parseLimit } from "../record/limit.ts";
import type { RunRecord } from "../record/run-record.ts";
import { SideTally } from "./side-tally.ts";

function toRecord(completed: number, failed: number, p95: number | null): RunRecord {
  return {
    summary: {
      completed,
      failed: {
        total: failed,
        byKind: failed === 0 ? {} : { "http-500": { count: failed, firstMessage: "no", firstBody: null } },
      },
      cutOffs: null,
      silence: null,
      window: { startMs: 0, endMs: 1000 },
      latencyMs: { response: { n: completed, p95 } },
    },
  } as unknown as RunRecord;
}

function tally(limit: string, ...records: readonly RunRecord[]): SideTally["total"] {
  const side = new SideTally([parseLimit(limit)]);
  for (const record of records) side.add(record);
  return side.total;
}

describe("SideTally", () => {
  it("holds a limit on errors against all requests together", () => {
    // One of the halves alone would miss it.
    const kept = tally("errors < 1%", toRecord(99, 1, 10), toRecord(200, 0, 10));
    expect(kept).toMatchObject({ completed: 299, failedShare: 1 / 300, missedLimits: [] });
    expect(kept.failed).toEqual({ total: 1, byKind: { "http-500": 1 } });
    const missed = tally("errors < 1%", toRecord(99, 1, 10), toRecord(98, 2, 10));
    expect(missed.missedLimits).toEqual(["1.5 % of requests failed, the limit is errors < 1%"]);
  });

  it("holds other limits against most halves that can tell", () => {
    const [within, beyond, unknown] = [toRecord(100, 0, 10), toRecord(100, 0, 30), toRecord(10, 0, null)];
    const limit = "response.p95 < 20ms";
    expect(tally(limit, within, beyond, unknown).missedLimits).toEqual([]);
    expect(tally(limit, beyond, beyond, within, unknown).missedLimits).toEqual([
      "response.p95 was 30.0 ms, the limit is response.p95 < 20ms (missed in 2 of 3 halves)",
    ]);
    expect(tally(limit, unknown).missedLimits).toEqual([]);
  });

  it("says nothing where nothing was measured", () => {
    expect(tally("errors < 1%")).toMatchObject({ failedShare: null, missedLimits: [] });
  });
});
