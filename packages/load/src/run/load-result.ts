import type { PhaseCounts, PhaseLatencies } from "../recording/phase-recorder.ts";
import type { Slice } from "../recording/slice-recorder.ts";
import type { StreamSummary } from "../streams/stream-recorder.ts";
import type { UnitKind, WorkloadChecks } from "../workload.ts";
import type { Attainment } from "./load-driver.ts";
import type { GeneratorHealth } from "./generator-health.ts";
import type { StopReason } from "./stop-rule.ts";

/** What ended a run. */
export type RunEnd =
  | { readonly kind: "finished"; readonly by: "duration" | "requests" | "schedule" }
  | { readonly kind: "interrupted" }
  | { readonly kind: "stopped"; readonly reason: StopReason; readonly at: StopPoint };

/** Where a run stood when a rule ended it. */
export interface StopPoint {
  /** Users who were there, or connections in use by arrivals. */
  readonly users: number;
  /** Requests that had ended, warm-up included, and how many of them had failed. */
  readonly requests: number;
  readonly failed: number;
  /** failed / requests. */
  readonly failureShare: number;
}

/** The window up to its first failure: what a server did while it was well. */
export interface UntilFirstFailure {
  /** When it came, in milliseconds from the start. */
  readonly endMs: number;
  readonly completed: number;
  readonly units: number;
  readonly latencyMs: PhaseLatencies;
}

/** Everything a load run found out. */
export interface LoadResult {
  /** Wall clock at the start, ISO 8601. */
  readonly startedAt: string;
  readonly end: RunEnd;
  readonly unit: UnitKind;
  /** How many different requests were prepared; after so many each user begins again. */
  readonly preparedRequests: number;
  /**
   * The measured part, in milliseconds from the start. Warm-up lies before it; a run that ended during its warm-up has
   * no other figures, so its window is all of it.
   */
  readonly window: { readonly startMs: number; readonly endMs: number };
  /** Of requests that ended in the window. */
  readonly counts: PhaseCounts;
  readonly latencyMs: PhaseLatencies;
  /** Times of tokens and the server's own times, where answers had them. */
  readonly streams: StreamSummary;
  /** Undefined for a closed loop: nothing is due there that could be missed. */
  readonly attainment: Attainment | undefined;
  /** Undefined where nothing failed in the window. */
  readonly untilFirstFailure: UntilFirstFailure | undefined;
  /** Of requests that ended before the window. */
  readonly warmUp: { readonly completed: number; readonly failed: number };
  readonly checks: WorkloadChecks;
  readonly generator: GeneratorHealth;
  /** From the start, warm-up included. */
  readonly slices: readonly Slice[];
}

/** A look at a run while it goes. */
export interface LoadProgress {
  readonly phase: "warm-up" | "measuring";
  readonly elapsedMs: number;
  /** How much of warm-up and run is done, from 0 to 1: by time or by requests, whichever is further. */
  readonly fraction: number;
  /** Until the end at this pace; undefined while it cannot be told. */
  readonly remainingMs: number | undefined;
  readonly unit: UnitKind;
  /** Since the window began. */
  readonly completed: number;
  readonly failed: number;
  readonly inFlight: number;
  /** Users who are there; null where requests come due without any. */
  readonly users: number | null;
  /** Of the last seconds: up to five. */
  readonly recent: {
    readonly offeredPerSecond: number;
    readonly sentPerSecond: number;
    /** Completed. */
    readonly requestsPerSecond: number;
    readonly unitsPerSecond: number;
    readonly failuresPerSecond: number;
  } & ProgressPercentiles;
  /** Since the window began. */
  readonly overall: ProgressPercentiles;
  /** Time to first token since the window began; null where nothing streams. */
  readonly ttft: ProgressPercentiles | null;
  /** Failures since the window began by kind, the most frequent first. */
  readonly failures: Readonly<Record<string, number>>;
  /** How late the generator itself is (event loop, p99) and how busy, since the window began. */
  readonly generator: { readonly delayP99Ms: number; readonly busy: number };
}

/** Response times in milliseconds; null where there are too few for the figure. */
export interface ProgressPercentiles {
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}
