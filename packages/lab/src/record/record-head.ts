import type { RunEnvironment, runSchemaVersion } from "./run-record.ts";

/** What a run folder can be of. */
export type RecordKind = "run" | "sweep" | "capacity" | "compare" | "calibrate" | "check";

/** The answer of any measurement. What kinds of verdict there are is said by each kind of record. */
export interface RecordVerdict<Kind extends string = string> {
  readonly kind: Kind;
  /** The answer in one sentence. */
  readonly sentence: string;
  /** What else must be known of it, e.g. why it is no pass; empty where there is nothing. */
  readonly reasons: readonly string[];
}

/** What the run.json of every kind has. */
export interface RecordHead<Kind extends RecordKind, VerdictKind extends string> {
  /** Of all kinds together. Fields are added, never renamed or removed; only that would raise it. */
  readonly schema: typeof runSchemaVersion;
  readonly kind: Kind;
  readonly id: string;
  readonly name: string | null;
  /** Folders of the runs that it is made of, relative to its own; empty where there are none. */
  readonly children: readonly string[];
  /** Where and when it took place. */
  readonly environment: RunEnvironment;
  readonly verdict: RecordVerdict<VerdictKind>;
}
