import type {
  Attainment,
  ConnectionCounts,
  CutOffSummary,
  EventLoopDelay,
  FailureSummary,
  GeneratorCpu,
  PartSummary,
  RetrySummary,
  RunEnd,
  Silence,
  StopPlan,
  TokenTotals,
  TurnSummary,
  UnitKind,
  UntilFirstFailure,
  WorkerHealth,
  WorkloadChecks,
} from "@weir/load";
import type { Distribution, Pace, Schedule, ScheduleSegment } from "@weir/stats";
import type { QuotedCalibration } from "../calibrate/calibration.ts";
import type { WrittenSamples } from "../samples/write-samples.ts";
import type { RecordedServer } from "../server-side/server-record.ts";
import type { RecordHead, RecordVerdict } from "./record-head.ts";
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
    /** Null where only `timeoutMs` bounds it. */
    readonly firstByteTimeoutMs: number | null;
    readonly httpVersion: "1.1" | "2";
    /** `usual` authorities, `own` certificates, or `any` of whomever. */
    readonly certificates: "usual" | "own" | "any";
    /** Null where the default bounds them. */
    readonly maxConnections: number | null;
    /** How often a request that failed was sent again at most. */
    readonly retries: number;
  };
  /** The limits that the verdict is about, e.g. `errors < 1%`. */
  readonly limits: readonly string[];
  /** The preset that the run was asked for by, and what runs of it are compared by; null without one. */
  readonly preset: { readonly name: string; readonly metric: string | null } | null;
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
  /** False where the run was too short to say: it is not invalid then. */
  readonly judged: boolean;
  readonly reasons: readonly string[];
  /** Null where nothing was sent. */
  readonly eventLoopDelayMs: EventLoopDelay | null;
  /** sent - due, and the part of it that was the generator's own doing. */
  readonly lagMs: Distribution;
  readonly ownLagMs: Distribution;
  /** Null where nothing was sent. */
  readonly cpu: GeneratorCpu | null;
  /** Each worker by itself; empty where nothing was sent. */
  readonly workers: readonly WorkerHealth[];
  /** What `weir calibrate` found at about this load on this machine; null where it was not asked, absent in old runs. */
  readonly calibration?: QuotedCalibration | null;
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
  /** The next twelve apply to streams and to servers that report their own times; null elsewhere. From `sent` on. */
  readonly ttftMs: Distribution | null;
  /** Time to first token from when a request was due: what a user feels where there is a schedule. */
  readonly ttftFromDueMs: Distribution | null;
  readonly ttfoMs: Distribution | null;
  readonly tpotMs: Distribution | null;
  /** Of all answers together. A chunk may hold several tokens: these are not times between tokens. */
  readonly chunkGapMs: Distribution | null;
  /** To the first piece of an answer's first tool call, and to the last piece of its last one. */
  readonly firstToolCallMs: Distribution | null;
  readonly completeToolCallMs: Distribution | null;
  /** How long the server says it took, and what of that was waiting and the model's work. */
  readonly serverMs: Distribution | null;
  readonly serverQueueMs: Distribution | null;
  readonly serverInferenceMs: Distribution | null;
  /** The rest of the service time: the server's web layer and the network. */
  readonly serverRestMs: Distribution | null;
  /** How service time grows with what is sent; null where sizes differ too little, absent in runs from before it was. */
  readonly bySize?: SizeSlope | null;
  /** As the server counted them; null where it counted none. */
  readonly tokens: RecordedTokens | null;
  /** Turns of several requests; null where each turn was one. */
  readonly turns: TurnSummary | null;
  /** Parts of a mix or steps of a scenario, each by itself; null where the workload has none. */
  readonly parts: readonly PartSummary[] | null;
  /** Requests that were sent again; null where none were to be. All other figures are of first attempts. */
  readonly retries: RetrySummary | null;
  /** Of the whole run. */
  readonly connections: ConnectionCounts;
  /** What a reader must know beside the figures, a sentence each. */
  readonly warnings: readonly string[];
  /** What is in samples.parquet; null where no rows were kept. */
  readonly samples: WrittenSamples | null;
  /** How much of what was due was begun; null for a closed loop. */
  readonly attainment: Attainment | null;
  /** The window up to its first failure; null where nothing failed. */
  readonly untilFirstFailure: UntilFirstFailure | null;
  /** In flight when the run ended: neither completed nor failed. */
  readonly cutOff: number;
  /** How old those were, and those that still waited to be sent; null where there were none. */
  readonly cutOffs: CutOffSummary | null;
  /** The longest time in which users waited and none was answered, where it is long; null elsewhere. */
  readonly silence: Silence | null;
  /** What the figures are of: `warm-up` where the run ended before its window began. */
  readonly measured: "window" | "warm-up";
  readonly warmUp: { readonly completed: number; readonly failed: number };
  readonly checks: {
    /** Answers that were read whole and checked. */
    readonly examined: number;
    readonly failed: number;
    /** Units of which the server said whether it cut them. */
    readonly truncationKnownOf: number;
    /** What else was counted, by name: how many there were and how many of them were right. */
    readonly tallies: NonNullable<WorkloadChecks["tallies"]>;
  };
  readonly end: RunEnd | { readonly kind: "not-started"; readonly message: string };
}

/** A line through the service times of uploads and other bodies: baseMs + msPerMb x size. A MB is 1,000,000 bytes. */
export interface SizeSlope {
  /** Completed requests, of sizes between these. */
  readonly n: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly msPerMb: number;
  /** Half of its 95 % interval, as if requests did not depend on each other. */
  readonly halfWidthMsPerMb: number;
  /** Where the line begins, at a size of 0. */
  readonly baseMs: number;
}

/** Sums over the completed answers in which the server counted. */
export interface RecordedTokens extends TokenTotals {
  /** Completed answers with a count, of all that were completed. */
  readonly usageKnownOf: number;
  /** Per second of the window. */
  readonly outputPerSecond: number;
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
  /** When the last segments were put to the end while the run went, one time each, in milliseconds from the start. */
  readonly appendedAtMs: readonly number[];
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

export type RunVerdict = RecordVerdict<RunVerdictKind>;

/** The content of run.json. Its JSON schema is `schema/run-1.json` of this package. */
export interface RunRecord extends RecordHead<"run", RunVerdictKind> {
  readonly plan: RecordedPlan;
  readonly schedule: RecordedSchedule;
  readonly generator: RecordedGenerator;
  readonly summary: RunSummary;
  /** What the server was seen to do; null where it was not looked at, absent in runs from before it could be. */
  readonly server?: RecordedServer | null;
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
