import path from "node:path";
import { createSyntheticPrompts } from "@weir/load";
import type { MockTiming } from "@weir/mock";
import type { Distribution } from "@weir/stats";
import type { RunRecord } from "../record/run-record.ts";
import type { RunRequest } from "../run/run-request.ts";
import { startRun, type FinishedRun, type StartRunOptions } from "../run/start-run.ts";
import { createBuiltInTexts } from "../texts/built-in-texts.ts";
import type { CalibrationLevel, ErrorFigures } from "./calibration.ts";
import { startMockThread } from "./start-mock-thread.ts";

/** Times of the mock: long enough that users are not all due at once again and again. */
const ttftMs = 100;
const serviceMs = 50;
/** Of one stream; then its user begins another, so that first tokens come often. */
const chunks = 20;

export interface LevelPlan {
  readonly users: number;
  /** Of one stream. Above 0. */
  readonly chunksPerSecond: number;
  /** Of streams, and once more of whole answers. Above 0. */
  readonly durationMs: number;
  readonly outDirectory: string;
}

export interface MeasuredLevel {
  readonly runs: readonly FinishedRun[];
  /** Undefined where a run of it did not come to its end. */
  readonly level: CalibrationLevel | undefined;
}

/** Puts streams, then whole answers, on a mock whose times are known, and tells what was measured from what was due. */
export async function measureLevel(plan: LevelPlan, options: StartRunOptions): Promise<MeasuredLevel> {
  const { signal } = options;
  const gapMs = 1000 / plan.chunksPerSecond;
  await using mock = await startMockThread({ ttftMs, gapMs, chunks, serviceMs }, signal);
  const streams = await startRun(toRequest(plan, mock.url, "streams"), options);
  const answers =
    signal?.aborted === true ? undefined : await startRun(toRequest(plan, mock.url, "answers"), options);
  const timing = await mock.readTiming();
  if (answers === undefined) return { runs: [streams], level: undefined };
  return { runs: [streams, answers], level: toLevel(plan, gapMs, streams.record, answers.record, timing) };
}

function toLevel(
  { users }: LevelPlan,
  gapMs: number,
  streams: RunRecord,
  answers: RunRecord,
  timing: MockTiming,
): CalibrationLevel | undefined {
  const records = [streams, answers];
  if (records.some(({ summary }) => summary.end.kind !== "finished" || summary.completed === 0))
    return undefined;
  const { ttftMs: seenTtft, chunkGapMs, window } = streams.summary;
  return {
    users,
    chunksPerSecond: ((chunkGapMs?.n ?? 0) * 1000) / (window.endMs - window.startMs),
    ttftErrorMs: toErrors(seenTtft, ttftMs),
    chunkGapErrorMs: toErrors(chunkGapMs, gapMs),
    responseErrorMs: toErrors(answers.summary.latencyMs.service, serviceMs),
    mockErrorMs: {
      ttft: timing.firstTokenErrorMs.p95 ?? timing.firstTokenErrorMs.max,
      response: timing.answerErrorMs.p95 ?? timing.answerErrorMs.max,
    },
    valid: records.every(({ generator }) => generator.valid),
    reasons: records.flatMap(({ generator }) => generator.reasons),
  };
}

/** All of them were due at the same time after their request: the errors are the times, moved. */
function toErrors(times: Distribution | null, dueMs: number): ErrorFigures {
  const error = (ms: number | null | undefined): number | null => (ms == null ? null : ms - dueMs);
  return {
    n: times?.n ?? 0,
    p50: error(times?.p50),
    p95: error(times?.p95),
    p99: error(times?.p99),
    max: error(times?.max),
  };
}

function toRequest(plan: LevelPlan, url: string, what: "streams" | "answers"): RunRequest {
  const { users, durationMs, outDirectory } = plan;
  return {
    url,
    users,
    workload:
      what === "streams"
        ? {
            kind: "chat",
            dialect: "openai",
            model: "mock",
            prompts: {
              source: "calibration",
              prompts: createSyntheticPrompts({ inputTokens: 8, count: 1, seed: 1 }),
            },
            cache: "warm",
            stream: true,
            maxTokens: chunks,
            temperature: 0,
            ignoreEos: false,
            check: undefined,
            turns: { kind: "single" },
          }
        : {
            kind: "embeddings",
            dialect: "openai",
            model: "mock",
            texts: createBuiltInTexts({ characters: 100 }),
            batch: 1,
            cache: "warm",
          },
    seed: 1,
    durationMs,
    requests: undefined,
    // Code that has never run is slower than it will be.
    warmupMs: Math.min(2000, durationMs),
    limits: [],
    headers: {},
    timeoutMs: 30_000,
    outDirectory,
    name: `calibrate: ${users} ${what}`,
    workers: "auto",
  };
}

/** The name of a run's folder within another. */
export function childOf({ folder }: FinishedRun): string {
  return path.basename(folder);
}
