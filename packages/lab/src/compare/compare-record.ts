import type { RecordHead, RecordVerdict } from "../record/record-head.ts";
import type { RecordedWorkload } from "../record/recorded-workload.ts";

export type SideName = "a" | "b";

export type CompareVerdictKind =
  /** B is better. */
  | "faster"
  /** B is worse. */
  | "slower"
  /** They differ by less than matters. */
  | "same"
  | "inconclusive"
  /** B missed a limit, however fast it was. */
  | "limit-missed"
  /** A stop rule that the caller set ended a half. */
  | "stopped"
  /** The generator was the bottleneck in too many halves. */
  | "invalid"
  /** One of the two could not be measured, or went away. */
  | "not-measured"
  | "interrupted";

export type CompareVerdict = RecordVerdict<CompareVerdictKind>;

/** B / A - 1: 0.05 where B's figure is 5 % more. */
type Change = number;

/** One figure of both sides over all rounds that count. */
export interface MetricComparison {
  /** `ttft.p50`, or `requests`, `units`, `tokens` completed per second. */
  readonly name: string;
  readonly unit: "ms" | "per-second" | "count";
  readonly better: "less" | "more";
  /** Whether the verdict is on it. */
  readonly primary: boolean;
  /** Geometric means over the rounds; null where there are none. */
  readonly a: number | null;
  readonly b: number | null;
  readonly change: Change | null;
  /**
   * 95 %. That of the primary metric holds although it was looked at after every round; null where rounds are too few.
   */
  readonly interval: readonly [Change, Change] | null;
  /** Rounds that have the figure on both sides. */
  readonly rounds: number;
}

/** What one side did in one round. */
export interface ComparedHalf {
  /** Its run's folder, relative to the comparison's; null where none came about. */
  readonly folder: string | null;
  readonly kind: "measured" | "invalid" | "stopped" | "not-measured" | "interrupted";
  /** Why it is not `measured`. */
  readonly reason: string | null;
  readonly completed: number;
  readonly failed: number;
  /** Length of its window. */
  readonly windowMs: number;
  /** By the name of the metric; null where it has no such figure. */
  readonly figures: Readonly<Record<string, number | null>>;
  /** Of a ramp to failure: where it failed, null where the ramp ended before. Absent elsewhere. */
  readonly failure?: { readonly users: number; readonly requests: number; readonly failed: number } | null;
}

export interface ComparedRound {
  /** Which side came first. */
  readonly order: "ab" | "ba";
  /** Null where the round ended before it. */
  readonly a: ComparedHalf | null;
  readonly b: ComparedHalf | null;
  readonly counts: boolean;
  /** Why it does not count. */
  readonly reason: string | null;
  /** Of the primary metric; null where it does not count. */
  readonly change: Change | null;
}

/** One side over all halves that were measured. */
export interface ComparedSide {
  readonly label: string;
  readonly url: string;
  /** Command lines; null without. */
  readonly start: string | null;
  readonly toggle: string | null;
  /** Null where it was never found out. */
  readonly workload: RecordedWorkload | null;
  /** What its GET /info answered; null where it answers no JSON object. */
  readonly info: Readonly<Record<string, unknown>> | null;
  /** What is counted as a unit: `texts`, `tokens`, `files`, ... */
  readonly unit: string;
  readonly completed: number;
  readonly failed: { readonly total: number; readonly byKind: Readonly<Record<string, number>> };
  /** failed / (failed + completed), from 0 to 1; null where nothing ended. */
  readonly failedShare: number | null;
  /** Limits that it missed, a sentence each. */
  readonly missedLimits: readonly string[];
}

/** What was asked for. */
interface ComparePlan {
  /** False for two stored runs, which say nothing of what changed between them. */
  readonly interleaved: boolean;
  /** Whether B is A. */
  readonly against: "itself" | "another";
  readonly metric: string;
  readonly delta: number;
  readonly minRounds: number;
  readonly maxRounds: number;
  /** Of a half; null where only `halfRequests` or the schedule ends it. */
  readonly halfMs: number | null;
  readonly halfRequests: number | null;
  readonly warmupMs: number;
  /** Of the first round; each round has the next one, the same for both sides. */
  readonly seed: number;
  readonly limits: readonly string[];
  readonly oneAtATime: boolean;
  /** Whether each half is a ramp until the side fails. Absent is false. */
  readonly toFailure?: boolean;
}

/** The content of a comparison's run.json. Its JSON schema is `schema/compare-1.json` of this package. */
export interface CompareRecord extends RecordHead<"compare", CompareVerdictKind> {
  readonly plan: ComparePlan;
  readonly sides: { readonly a: ComparedSide; readonly b: ComparedSide };
  readonly rounds: readonly ComparedRound[];
  /** The primary one first. */
  readonly metrics: readonly MetricComparison[];
  /**
   * How much more of B's requests failed than of A's, as shares of 1, over the rounds that count, with its 95 % interval (null under
   * two rounds). Null for stored runs and without such rounds; absent in records from before it was said.
   */
  readonly failedDifference?: {
    readonly difference: number;
    readonly interval: readonly [number, number] | null;
    readonly rounds: number;
  } | null;
  /** About how many rounds more would decide it; null where it is decided or unknown. */
  readonly roundsMore: number | null;
  /** The smallest change that can be told from none with so many rounds; null under two rounds. */
  readonly smallestSeen: number | null;
}

/** As of everything that measures; 1 is that B is slower. */
export const compareExitCodes: Readonly<Record<CompareVerdictKind, number>> = {
  faster: 0,
  same: 0,
  slower: 1,
  "limit-missed": 1,
  stopped: 3,
  inconclusive: 4,
  invalid: 5,
  "not-measured": 6,
  interrupted: 130,
};
