import type { LoadProgress } from "@weir/load";
import type { ArrivalProcess, CapacityFound, Pace, ProbePurpose } from "@weir/stats";
import type { RunRequest, RunTarget } from "../run/run-request.ts";
import type { Limit } from "../record/limit.ts";
import type { CapacityProbeRecord, CapacityRecord } from "./capacity-record.ts";

/** A search for how much a server can take. */
export interface CapacityRequest {
  /**
   * What a probe sends, where to and how. Its users, schedule, length, warm-up and limits are the search's; its folder
   * for runs is where the search makes its own.
   */
  readonly run: RunRequest;
  /** What is counted: users who wait for their answers, or requests per second whoever waits. @default "users" */
  readonly of?: "users" | "rate" | undefined;
  /**
   * Of errors and times. Undefined: `errors < 1%`, and p95 (of the first token where answers are streams, else of the
   * response) at most three times what one user gets.
   */
  readonly limits: readonly Limit[] | undefined;
  /** Where the search begins. Above 0; whole where users are counted. @default 1 */
  readonly least?: number | undefined;
  /** Where it ends if nothing is missed. @default 10,000 users, 100,000 requests per second */
  readonly most?: number | undefined;
  /** How near to each other last pass and first fail are to be, as a share. @default 0.05 */
  readonly resolution?: number | undefined;
  /** @default 2 log2(answer) + 6 */
  readonly maxProbes?: number | undefined;
  /** The measured part of a probe; longer where an answer takes longer than a sixth of it, or a pace than all of it. @default 10,000 */
  readonly probeDurationMs?: number | undefined;
  /** Load before the measured part of a probe. @default 2,000 */
  readonly probeWarmupMs?: number | undefined;
  /** Users begin a turn every so often; undefined: as soon as they are answered. Not with a rate. */
  readonly pace?: Pace | undefined;
  /** How requests of a rate are spread. @default Poisson */
  readonly arrivals?: ArrivalProcess | undefined;
}

/** A probe that is about to begin. */
export interface CapacityTurn {
  /** From 1 on. */
  readonly number: number;
  /** Users, or requests per second. */
  readonly level: number;
  readonly of: "users" | "rate";
  readonly purpose: ProbePurpose | "baseline";
  /** Warm-up and measured part together. */
  readonly lengthMs: number;
  /** About how many probes will follow, and how long they take. */
  readonly more: number;
  readonly moreMs: number;
  readonly before: readonly CapacityProbeRecord[];
}

export interface FindCapacityOptions {
  /** Ends the search; what is known so far is recorded. */
  readonly signal?: AbortSignal;
  /** Called once, before the first load. */
  readonly onTarget?: (target: RunTarget) => void;
  readonly onProbe?: (turn: CapacityTurn) => void;
  /** Called a few times a second. */
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly onProbeEnd?: (probe: CapacityProbeRecord) => void;
}

export interface FinishedCapacity {
  readonly record: CapacityRecord;
  /** Absolute path of the search's folder, with run.json and the folders of its probes in it. */
  readonly folder: string;
  /** Why run.json could not be written (a full disk, say); undefined when it was. */
  readonly folderProblem: string | undefined;
  /** 0 found, 1 not even the least is held, 3 the server died, 4 inconclusive, 5 the generator ended first, 6 not measured, 130 interrupted. */
  readonly exitCode: number;
}

/** What is known at the end of a search, for its verdict. */
export interface CapacityOutcome {
  readonly found: CapacityFound;
  readonly end:
    | { readonly kind: "finished" }
    | { readonly kind: "interrupted" }
    /** The target gave no answer at all. */
    | { readonly kind: "not-measured"; readonly why: string }
    /** It gave answers, and then none any more. */
    | { readonly kind: "died"; readonly level: number; readonly why: string }
    /** A probe could not be begun: a full disk, say. */
    | { readonly kind: "cut-short"; readonly why: string }
    /** There is a limit of which no probe can say anything. */
    | { readonly kind: "not-judged"; readonly why: string };
}
