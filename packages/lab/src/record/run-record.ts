import type {
  Attainment,
  EventLoopDelay,
  FailureSummary,
  GeneratorCpu,
  RunEnd,
  StopPlan,
  UnitKind,
  UntilFirstFailure,
} from "@weir/load";
import type { Distribution, Pace, Schedule, ScheduleSegment } from "@weir/stats";
import type { RecordedWorkload } from "./recorded-workload.ts";

/** Version of run.json. Fields are added, never renamed or removed; only that would raise it. */
export const runSchemaVersion = 1;

/** What was asked for. Texts are described, not repeated, and headers are named without their values. */
export interface RecordedPlan {
  readonly url: string;
  readonly workload: RecordedWorkload;
  readonly stop: { readonly [Key in keyof StopPlan]-?: Exclude<StopPlan[Key], undefined> | null };
  readonly warmupMs: number;
  /** Whether the generator span before requests were due instead of sleeping. */
  readonly preciseTiming: boolean;
  readonly transport: {
    readonly headerNames: readonly string[];
    readonly connectTimeoutMs: number;
    readonly timeoutMs: number;
  };
  /** The limits that the verdict is about, e.g. `errors < 1%`. */
  readonly limits: readonly string[];
}

/** Where and when a run took place. */
export interface RunEnvironment {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly weirVersion: string;
  readonly nodeVersion: string;
  readonly platform: string;
  readonly arch: string;
  readonly cpu: { readonly model: string; readonly cores: number };
  readonly memoryBytes: number;
  /** Processes that wanted a processor in the minute before the run; 0 where the system does not count them. */
  readonly loadAverage: number;
  readonly target: {
    readonly url: string;
    /** What was asked to find the dialect and what came back; empty where it was given. */
    readonly evidence: readonly string[];
    /** What GET /info answers; null where it answers no JSON object. */
    readonly info: Readonly<Record<string, unknown>> | null;
  };
}

export interface RecordedGenerator {
  readonly valid: boolean;
  readonly reasons: readonly string[];
  /** Null where nothing was sent. */
  readonly eventLoopDelayMs: EventLoopDelay | null;
  readonly lagMs: Distribution;
  /** Null where nothing was sent. */
  readonly cpu: GeneratorCpu | null;
}

/** What came out. Counts are of requests that ended in the window. */
export interface RunSummary {
  readonly offered: number;
  readonly sent: number;
  readonly completed: number;
  readonly failed: FailureSummary;
  /** Units that the server says it cut; null where it says nothing. */
  readonly truncated: number | null;
  /** Milliseconds from the start. */
  readonly window: { readonly startMs: number; readonly endMs: number };
  /** Completed per second of the window. */
  readonly requestsPerSecond: number;
  readonly units: { readonly kind: UnitKind; readonly total: number; readonly perSecond: number };
  /** Milliseconds, of completed requests: response = lag + service. */
  readonly latencyMs: {
    readonly service: Distribution;
    readonly response: Distribution;
    readonly lag: Distribution;
  };
  /** The next five apply to streams and to servers that report their own times; null elsewhere. */
  readonly ttftMs: Distribution | null;
  readonly ttfoMs: Distribution | null;
  readonly tpotMs: Distribution | null;
  readonly chunkGapMs: Distribution | null;
  readonly serverMs: Distribution | null;
  /** How much of what was due was begun; null for a closed loop. */
  readonly attainment: Attainment | null;
  /** The window up to its first failure; null where nothing failed. */
  readonly untilFirstFailure: UntilFirstFailure | null;
  /** In flight when the run ended: neither completed nor failed. */
  readonly cutOff: number;
  readonly warmUp: { readonly completed: number; readonly failed: number };
  readonly checks: {
    /** Answers that were read whole and checked. */
    readonly examined: number;
    readonly failed: number;
    /** Units of which the server said whether it cut them. */
    readonly truncationKnownOf: number;
  };
  readonly end: RunEnd | { readonly kind: "not-started"; readonly message: string };
}

export type RunVerdictKind =
  | "pass"
  | "limit-missed"
  | "stopped"
  | "inconclusive"
  | "invalid"
  | "not-measured"
  | "interrupted";

/** When load was offered. The hash covers all of it, the times of a replay too. */
export interface RecordedSchedule {
  readonly kind: Schedule["kind"];
  /** Most users at once; 0 where requests come due without users. */
  readonly users: number;
  readonly seed: number;
  readonly hash: string;
  readonly pace: Pace | null;
  readonly segments: readonly (
    | Exclude<ScheduleSegment, { kind: "replay" }>
    | {
        readonly kind: "replay";
        readonly requests: number;
        readonly durationMs: number;
        readonly timesHash: string;
      }
  )[];
}

export interface RunVerdict {
  readonly kind: RunVerdictKind;
  /** The answer in one sentence. */
  readonly sentence: string;
  /** Why it is no pass; empty where it is one. */
  readonly reasons: readonly string[];
}

/** The content of run.json. Its JSON schema is `schema/run-1.json` of this package. */
export interface RunRecord {
  readonly schema: typeof runSchemaVersion;
  readonly kind: "run";
  readonly id: string;
  readonly name: string | null;
  /** Folders of runs that this one is made of; empty for a single run. */
  readonly children: readonly string[];
  readonly plan: RecordedPlan;
  readonly schedule: RecordedSchedule;
  readonly environment: RunEnvironment;
  readonly generator: RecordedGenerator;
  readonly summary: RunSummary;
  readonly verdict: RunVerdict;
}

/** Exit codes of everything that measures. */
export const verdictExitCodes: Readonly<Record<RunVerdictKind, number>> = {
  pass: 0,
  "limit-missed": 1,
  stopped: 3,
  inconclusive: 4,
  invalid: 5,
  "not-measured": 6,
  interrupted: 130,
};
