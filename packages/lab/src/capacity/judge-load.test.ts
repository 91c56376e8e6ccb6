import { expect, it } from "vitest";
import { parseLimit } from "../record/limit.ts";
import type { RecordedGenerator, RunSummary } from "../record/run-record.ts";
import { judgeLoad } from "./judge-load.ts";

const late = "the generator was late: its event loop was 30.7 ms late";

function generator(p50: number, p99: number, more: Partial<RecordedGenerator> = {}): RecordedGenerator {
  return {
    valid: false,
    reasons: [late],
    eventLoopDelayMs: { mean: p50, p50, p99, max: p99 },
    ownLagMs: { p99: null, max: null },
    cpu: { cores: 1, eventLoopBusy: 0.3 },
    workers: [{ reasons: [late] }],
    ...more,
  } as unknown as RecordedGenerator;
}

const summary = { latencyMs: { response: { p50: 600 } } } as unknown as RunSummary;
const judge = (of: RecordedGenerator, limit = "ttft.p95 < 800ms"): string | undefined =>
  judgeLoad(of, summary, [parseLimit(limit)]);

it("holds the generator's delay against what the limits are about, not against every gap", () => {
  expect(judge(generator(5, 31))).toBeUndefined();
  expect(judge(generator(5, 31), "errors < 1%")).toBeUndefined();
  expect(judge(generator(5, 31), "gap.p95 < 40ms")).toBe(late);
  expect(judge(generator(5, 90))).toBe(late);
});

it("finds a generator that does not make its load", () => {
  expect(judge(generator(70, 75))).toBe(late);
  expect(judge(generator(5, 31, { cpu: { cores: 1, eventLoopBusy: 0.95 } }))).toBe(late);
  const files = "this machine allows 1,024 open files";
  expect(judge(generator(5, 31, { reasons: [late, files] }))).toBe(files);
  expect(judge(generator(5, 31, { reasons: [`worker 1: ${late}`] }))).toBeUndefined();
  expect(judge(generator(90, 900, { valid: true }))).toBeUndefined();
});
