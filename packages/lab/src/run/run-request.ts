import type { EmbeddingDialectName } from "@weir/protocol";
import type { Limit } from "../record/limit.ts";
import type { TextSet } from "../texts/text-set.ts";

/** A run as it is asked for: what is still open (dialect, model) is found out at the target. */
export interface RunRequest {
  readonly url: string;
  readonly workload: {
    readonly kind: "embeddings";
    readonly dialect: EmbeddingDialectName | "auto";
    /** The name sent to the target; undefined takes what the target names. */
    readonly model: string | undefined;
    readonly texts: TextSet;
    /** Texts in one request. Whole number >= 1. */
    readonly batch: number;
    /** `busted` makes every text new to the server, `warm` repeats them. */
    readonly cache: "busted" | "warm";
  };
  /** Whole number >= 1. */
  readonly users: number;
  /** Whole number >= 0. Decides the order of the texts. */
  readonly seed: number;
  /** Length of the measured window; undefined where only `requests` ends the run. */
  readonly durationMs: number | undefined;
  readonly requests: number | undefined;
  readonly warmupMs: number;
  readonly limits: readonly Limit[];
  /** Sent with every request; reports show the names only. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Folder that the run's own folder is made in. */
  readonly outDirectory: string;
  readonly name: string | undefined;
}

/** What was found out about the target before the load. */
export interface RunTarget {
  readonly dialect: EmbeddingDialectName;
  readonly model: string | undefined;
  /** What was asked to find the dialect and what came back, a sentence each; empty where it was given. */
  readonly evidence: readonly string[];
}
