import type { FittedLine } from "@weir/stats";
import type { CutOffSummary, PhaseLatencies } from "../recording/outcome-recorder.ts";
import type { PartSummary, PhaseCounts, TurnSummary } from "../recording/phase-recorder.ts";
import type { RetrySummary } from "../recording/retry-recorder.ts";
import type { Slice } from "../recording/slice-recorder.ts";
import type { SampleFile } from "../samples/sample-spool.ts";
import type { StreamSummary } from "../streams/stream-recorder.ts";
import type { UnitKind, WorkloadChecks } from "../workload.ts";
import type { Silence } from "./find-silence.ts";
import type { Attainment } from "./load-driver.ts";
import type { GeneratorHealth } from "./generator-health.ts";
import type { AppendedSegment } from "./part-result.ts";
import type { StopReason } from "./stop-rule.ts";

/** What ended a run. */
export type RunEnd =
  | { readonly kind: "finished"; readonly by: "duration" | "requests" | "schedule" }
  | { readonly kind: "interrupted" }
  | { readonly kind: "stopped"; readonly reason: StopReason; readonly at: StopPoint };

export interface ConnectionCounts {
  /** Connections that were opened. */
  readonly opened: number;
  /** Requests that found one open. */
  readonly reused: number;
  /**
   * Requests that were put on a connection just as the server closed it for having rested: sent once more on another,
   * as browsers do. Their response times hold both; they are no failures.
   */
  readonly lostWhileIdle: number;
}

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
  /** `warm-up` where the run ended before the window began: its figures are then those of the warm-up. */
  readonly measured: "window" | "warm-up";
  /** What was in flight or still waited when the run ended; undefined where nothing did. */
  readonly cutOffs: CutOffSummary | undefined;
  /** The longest time in which users waited and none was answered, where it is long; see {@link findSilence}. */
  readonly silence: Silence | undefined;
  /** Undefined where every turn was one request. */
  readonly turns: TurnSummary | undefined;
  /** What the workload tells apart, each by itself; undefined where it tells nothing apart. */
  readonly parts: readonly PartSummary[] | undefined;
  /** Undefined where nothing was to be sent again. All other figures are of first attempts. */
  readonly retries: RetrySummary | undefined;
  /** Times of tokens and the server's own times, where answers had them. */
  readonly streams: StreamSummary;
  /** Service time in milliseconds over the bytes of completed requests; undefined where all were of one size. */
  readonly bySize: FittedLine | undefined;
  /** Undefined for a closed loop: nothing is due there that could be missed. */
  readonly attainment: Attainment | undefined;
  /** Undefined where nothing failed in the window. */
  readonly untilFirstFailure: UntilFirstFailure | undefined;
  /** Of requests that ended before the window. */
  readonly warmUp: { readonly completed: number; readonly failed: number };
  readonly checks: WorkloadChecks;
  /** Judged for each worker: one that cannot be believed makes the whole run invalid. */
  readonly generator: GeneratorHealth;
  /** Of the whole run, warm-up and repeated attempts included. */
  readonly connections: ConnectionCounts;
  /** What a reader of these figures must know, a sentence each with what to do about it. */
  readonly warnings: readonly string[];
  /** The schedule's hash with all that was appended to it. */
  readonly schedule: { readonly hash: string; readonly appended: readonly AppendedSegment[] };
  /** Raw rows, a file for each worker; undefined where none were asked for. */
  readonly samples: readonly SampleFile[] | undefined;
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
  /** Since the phase began that is on: those of a warm-up are shown while it lasts. */
  readonly failed: number;
  /** Sent and not answered. */
  readonly inFlight: number;
  /** Due and not sent: they wait for a connection. */
  readonly waiting: number;
  /** Users who are there; null where requests come due without any. */
  readonly users: number | null;
  /** Of the last seconds: up to five. Rates are null while they cover less than half a second. */
  readonly recent: {
    readonly offeredPerSecond: number | null;
    readonly sentPerSecond: number | null;
    /** Completed. */
    readonly requestsPerSecond: number | null;
    readonly unitsPerSecond: number | null;
    readonly failuresPerSecond: number | null;
  } & ProgressPercentiles;
  /** Since the window began. */
  readonly overall: ProgressPercentiles;
  /** Time to first token since the window began; null where nothing streams. */
  readonly ttft: ProgressPercentiles | null;
  /** Failures since the phase began that is on, by kind, the most frequent first. */
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
