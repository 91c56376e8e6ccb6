import { createSchedule } from "@weir/stats";
import type { RunRequest, RunTarget, SingleWorkloadRequest, WorkloadRequest } from "../run/run-request.ts";
import type { CompareRequest } from "./compare-request.ts";

/** Load before the first round, on each side: it wakes the servers up and shows how fast they are. */
const lookMs = 2000;

const wantedRequests = 100;
// Noise that outlasts a half is common to both sides: many short halves say more than a few long ones.
const shortestHalfMs = 3000;
const longestHalfMs = 30_000;

/** The look at a side before the first round: no longer than a half. */
export function toLook(run: RunRequest): RunRequest {
  return { ...run, warmupMs: 0, durationMs: Math.min(lookMs, run.durationMs ?? lookMs) };
}

/** A second look at one that did not answer within the first: until each user has an answer. */
export function toLongLook(run: RunRequest): RunRequest {
  return { ...run, warmupMs: 0, durationMs: undefined, requests: Math.max(1, run.users) };
}

/** How long a half must be for a hundred requests of the slower side, in whole seconds from 3 to 30. */
export function chooseHalfMs(requestsPerSecond: readonly number[]): number {
  const slowest = Math.min(...requestsPerSecond);
  if (!(slowest > 0)) return longestHalfMs;
  const neededMs = Math.ceil(wantedRequests / slowest) * 1000;
  return Math.min(longestHalfMs, Math.max(shortestHalfMs, neededMs));
}

/**
 * A half of a round: both sides have the same seed in it, so the same arrivals and the same order of texts, and the next
 * round has another one, so that what is found does not hang on one order.
 */
export function toHalf(run: RunRequest, round: number, durationMs: number | undefined): RunRequest {
  const { schedule } = run;
  return {
    ...run,
    seed: run.seed + round,
    durationMs,
    ...(schedule !== undefined && {
      schedule: createSchedule({
        seed: schedule.seed + round,
        segments: schedule.segments,
        pace: schedule.kind === "paced" ? schedule.pace : undefined,
      }),
    }),
  };
}

/** What was found out about a target once need not be asked again before every half. */
export function pinTarget(workload: WorkloadRequest, target: RunTarget): WorkloadRequest {
  if (workload.kind !== "mixed") return pinOne(workload, target);
  const parts = workload.parts.map((part, place) => ({
    ...part,
    workload: pinOne(
      part.workload,
      target.parts?.[place] ?? { dialect: undefined, model: undefined, evidence: [] },
    ),
  }));
  return { ...workload, parts };
}

function pinOne(workload: SingleWorkloadRequest, { dialect, model }: RunTarget): SingleWorkloadRequest {
  if (workload.kind !== "embeddings" && workload.kind !== "chat") return workload;
  if (dialect === undefined) return workload;
  // A dialect of its own kind: that is what was looked for.
  return { ...workload, dialect, model } as SingleWorkloadRequest;
}

/**
 * Whether the first round only fills caches: what is sent repeats, so whoever is second on a server that both share finds
 * what the first one left there.
 */
export function isFirstRoundUnfair({ a, b, sharedServer }: CompareRequest): boolean {
  const repeats = [a, b].some(({ run }) => isRepeated(run.workload));
  const shared = sharedServer === true || (a.start === undefined && a.run.url === b.run.url);
  return repeats && shared;
}

function isRepeated(workload: WorkloadRequest): boolean {
  if (workload.kind === "mixed") return workload.parts.some((part) => isRepeated(part.workload));
  return workload.kind === "embeddings" || workload.kind === "chat" ? workload.cache === "warm" : true;
}
