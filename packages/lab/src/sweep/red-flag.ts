/** What a sweep is held against. Null where there is no such bound. */
export interface SweepThresholds {
  /** Completed of completed and failed, at least. From 0 to 1. */
  readonly successShare: number;
  /** Units a second, at least. */
  readonly unitsPerSecond: number | null;
  /** p95 of the service time, or the longest where there are too few samples for a p95. */
  readonly p95Ms: number;
  /** (throughput at n users) / (n x throughput at 1), at most. */
  readonly efficiency: number;
}

export type RedFlagKind = "success" | "rate" | "latency" | "efficiency" | "vectors";

type CauseName =
  | "device"
  | "warm-up"
  | "not localhost"
  | "batch"
  | "text size"
  | "image size"
  | "resolution"
  | "length of prompts"
  | "length of answers"
  | "contention"
  | "timeout"
  | "server"
  | "batching across requests";

/** Why it may be. */
export interface LikelyCause {
  readonly cause: CauseName;
  /** Whether something that was measured speaks for it; otherwise it is what it usually is. */
  readonly seen: boolean;
  /** A sentence. */
  readonly evidence: string;
}

/** Something that should not be, over all cases that show it. */
export interface RedFlag {
  readonly kind: RedFlagKind;
  /** A sentence: what is wrong, and where it is worst. */
  readonly sentence: string;
  /** Ids of the cases, the worst first; empty for what is not about cases. */
  readonly cases: readonly string[];
  readonly causes: readonly LikelyCause[];
  /** What to run next to know more. */
  readonly next: string;
}
