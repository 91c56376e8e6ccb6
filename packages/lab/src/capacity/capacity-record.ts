import type { ArrivalProcess, Pace, ProbePurpose } from "@weir/stats";
import type { RecordHead } from "../record/record-head.ts";
import type { RecordedWorkload } from "../record/recorded-workload.ts";
import type { RunVerdictKind } from "../record/run-record.ts";

/** One probe, as it is recorded. Levels are users or requests per second; times are milliseconds. */
export interface CapacityProbeRecord {
  /** Its folder, among the search's children. */
  readonly child: string;
  readonly level: number;
  /** `baseline`: one user, for limits that are relative to what one user gets. */
  readonly purpose: ProbePurpose | "baseline";
  /** `unclear`: what was seen speaks for neither; `not-judged`: there was nothing to judge by. */
  readonly outcome: "pass" | "miss" | "unclear" | "invalid" | "not-judged" | "lost";
  /** Standard errors by which limits were missed (above 0) or kept; null where it was not judged. */
  readonly evidence: number | null;
  /** The limit that was nearest to being missed, or missed by most; null where none was judged. */
  readonly bindingLimit: string | null;
  /** What was measured of it, for people: `p95 910 ms`; or why it was not judged. */
  readonly figure: string | null;
  /** The figure of the first limit on a time, in milliseconds; the slowest where there were too few, null where there were none. */
  readonly limitedMs: number | null;
  /** Length of the measured part. */
  readonly durationMs: number;
  /** Why it was ended before its time; null where it was not. */
  readonly endedEarly: string | null;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly unitsPerSecond: number;
  /** Response times; null where there were too few. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly ttftP50Ms: number | null;
  readonly ttftP95Ms: number | null;
  /** failed / ended, from 0 to 1. */
  readonly errorShare: number;
}

/** What was found. Levels are users or requests per second. */
export interface Capacity {
  readonly of: "users" | "rate";
  /** The highest level that was probed and holds; null where not even the least does. */
  readonly lastPass: number | null;
  /** The lowest level above it that was probed and does not hold; null where nothing failed. */
  readonly firstFail: number | null;
  /** What to plan for: 70 % of `lastPass`. */
  readonly recommended: number | null;
  /** The limit that `firstFail` misses. */
  readonly bindingLimit: string | null;
  /** The probability that the capacity is at least `lastPass` and below `firstFail`. */
  readonly confidence: number;
  /** Probed levels between which the capacity is with a probability of 95 %; null is an open end. */
  readonly interval: { readonly from: number | null; readonly below: number | null };
}

/** What was asked for. */
export interface CapacityPlan {
  readonly url: string;
  /** Null where the target was never looked at. */
  readonly workload: RecordedWorkload | null;
  readonly limits: readonly string[];
  /** `single-user`: they are relative to what one user got. */
  readonly limitsFrom: "given" | "single-user";
  readonly of: "users" | "rate";
  readonly least: number;
  readonly most: number;
  readonly resolution: number;
  /** Null: as many as 2 log2(answer) + 6. */
  readonly maxProbes: number | null;
  readonly probeDurationMs: number;
  readonly probeWarmupMs: number;
  /** Null where users send as soon as they are answered, and for a rate. */
  readonly pace: Pace | null;
  /** Null for users. */
  readonly arrivals: ArrivalProcess | null;
}

/** The run.json of a capacity search. Its JSON schema is `schema/capacity-1.json` of this package. */
export interface CapacityRecord extends RecordHead<"capacity", RunVerdictKind> {
  readonly plan: CapacityPlan;
  readonly capacity: Capacity;
  /** In the order in which they were made. */
  readonly probes: readonly CapacityProbeRecord[];
}
