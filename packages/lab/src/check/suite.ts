import type { LoadProgress } from "@weir/load";
import type { CapacityRequest, FinishedCapacity } from "../capacity/capacity-request.ts";
import type { FinishedRun } from "../run/start-run.ts";
import type { RunRequest } from "../run/run-request.ts";
import type { StartedTarget } from "../target/start-target.ts";

/** One line of what a suite found out: a figure, what it was held to, and whether it kept to it. */
export interface CheckRow {
  /** Stable, for baselines and programs: `single-user/response-p95`. Unlike those of the suite's other rows. */
  readonly key: string;
  /** As people read it: `p95 of one user`. */
  readonly metric: string;
  /** In `unit`; null where it could not be measured, or where the answer is no number. */
  readonly value: number | null;
  readonly unit: "ms" | "bytes" | "share" | "per-second" | "count" | "ratio" | "none";
  /** As people read it, e.g. `412 ms`, `not set`. */
  readonly measured: string;
  /** As people read it, e.g. `< 2,000 ms`; null where it is held to nothing. */
  readonly limit: string | null;
  /** `info` is held to nothing; `not-measured` was to be held to a limit and could not be. */
  readonly status: "pass" | "fail" | "info" | "not-measured";
  /** Which way is better, for comparing with a baseline. @default neither */
  readonly better?: "less" | "more" | undefined;
  /** What to do about it where it failed, one sentence. */
  readonly advice?: string | undefined;
}

/** A number of a suite that a command line may change, by a flag of its name or with `--set NAME=VALUE`. */
export interface SuiteSetting {
  /** A duration, whole number, rate or number above 0. How it is written: `10m`, `20`, `5/s`, `1.5`. */
  readonly unit: "ms" | "count" | "per-second" | "ratio";
  readonly default: number;
  /** Effect in a few words, for lists. */
  readonly description: string;
  /** @default 1 for a count, else above 0 */
  readonly least?: number | undefined;
}

/** What a suite has at hand. Everything that it does is bounded by `signal`. */
export interface SuiteContext {
  /** The server to check, as it was given or started. */
  readonly url: string;
  readonly signal: AbortSignal;
  /**
   * What the command line asks of every run: headers, model, time limits. A suite changes what it is about. Its
   * workload is of the kind that the suite names, its limits are those of --slo, or none.
   */
  readonly base: RunRequest;
  /** The server, where the suite was given a command to start one. */
  readonly started: StartedTarget | undefined;
  /** Starts one more server by the same command; undefined where none was given. Ended at the latest with the suite. */
  readonly startFresh: (() => Promise<StartedTarget>) | undefined;
  /**
   * Puts a load on the server; its folder is kept among the suite's. `title` is shown while it goes on. Rejects where the
   * check was interrupted; every other end is a result. One whose generator was too slow makes the check invalid, but for
   * a `background`: a load whose own figures are not used.
   */
  readonly run: (
    title: string,
    change: Partial<RunRequest>,
    options?: { readonly background?: boolean },
  ) => Promise<FinishedRun>;
  /** Finds out how many users, or how high a rate, the server takes; its folder is kept among the suite's, too. */
  readonly findCapacity: (title: string, change: Partial<CapacityRequest>) => Promise<FinishedCapacity>;
  /** Says what is being done where it is no run. */
  readonly tell: (doing: string, progress?: LoadProgress) => void;
  /** The value of one of the suite's settings: as asked, else its default. */
  readonly setting: (name: string) => number;
}

/** A list of things to find out about a server, by name. */
export interface Suite {
  readonly name: string;
  /** One sentence, for lists. */
  readonly description: string;
  /** About how long it takes on a small machine, for people, e.g. `3 min`. */
  readonly takes: string;
  /**
   * What `base.workload` is. `any`: what --workload says, else what the server speaks: embeddings, or chat.
   * @default any
   */
  readonly workload?: "embeddings" | "chat" | "any" | undefined;
  /**
   * Numbers that a command line may change, by name (letters, digits and hyphens). `users`, `duration`, `rate` and
   * `requests` have flags of their own, the others are `--set NAME=VALUE`. @default none
   */
  readonly settings?: Readonly<Record<string, SuiteSetting>> | undefined;
  /**
   * Finds everything out, a row at a time: what was found stays where something later goes wrong. The generator returns
   * one sentence that answers the suite's question. An error that it throws is what kept it from going on.
   */
  readonly check: (context: SuiteContext) => AsyncGenerator<CheckRow, string, void>;
}
