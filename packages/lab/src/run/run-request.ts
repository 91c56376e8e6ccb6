import type { EmbeddingDialectName } from "@weir/protocol";
import type { Schedule } from "@weir/stats";
import type { EmbeddingsPlan, TransportPlan, WorkloadPlan } from "@weir/load";
import type { Limit } from "../record/limit.ts";
import type { TextSet } from "../texts/text-set.ts";

/** Embeddings as they are asked for. */
export interface EmbeddingsRequest {
  readonly kind: "embeddings";
  readonly dialect: EmbeddingDialectName | "auto";
  /** The name sent to the target; undefined takes what the target names. */
  readonly model: string | undefined;
  readonly texts: TextSet;
  /** Texts in one request. Whole number >= 1. */
  readonly batch: number;
  /** `busted` makes every text new to the server, `warm` repeats them. */
  readonly cache: "busted" | "warm";
}

/** What a request is. Other than embeddings nothing of it is left to be found out. */
export type WorkloadRequest = EmbeddingsRequest | Exclude<WorkloadPlan, EmbeddingsPlan>;

/** How the server is connected to. */
export type ConnectionRequest = Pick<TransportPlan, "firstByteTimeoutMs" | "ca" | "insecure" | "httpVersion">;

/** A run as it is asked for: what is still open (dialect, model) is found out at the target. */
export interface RunRequest {
  readonly url: string;
  readonly workload: WorkloadRequest;
  /** Whole number >= 1. */
  readonly users: number;
  /** When load is offered. @default a closed loop of `users` from beginning to end */
  readonly schedule?: Schedule | undefined;
  /** Spins before requests are due instead of sleeping. @default false */
  readonly preciseTiming?: boolean | undefined;
  /** Failures in all that end the run; 0: any number. @default 0 */
  readonly stopFailures?: number | undefined;
  /** Failures one after the other that end the run; 0: any number. @default 0 */
  readonly stopFailuresInARow?: number | undefined;
  /** Whole number >= 0. Decides the order of the texts. */
  readonly seed: number;
  /** Length of the measured window; undefined where only `requests` or the schedule's end ends the run. */
  readonly durationMs: number | undefined;
  readonly requests: number | undefined;
  readonly warmupMs: number;
  readonly limits: readonly Limit[];
  /** Sent with every request; reports show the names only. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** @default HTTP/1.1, and the usual certificate authorities */
  readonly connection?: ConnectionRequest;
  /** Folder that the run's own folder is made in. */
  readonly outDirectory: string;
  readonly name: string | undefined;
}

/** What was found out about the target before the load. */
export interface RunTarget {
  /** Undefined where requests are sent as they are. */
  readonly dialect: EmbeddingDialectName | undefined;
  readonly model: string | undefined;
  /** What was asked to find the dialect and what came back, a sentence each; empty where it was given. */
  readonly evidence: readonly string[];
}
