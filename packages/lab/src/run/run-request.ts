import type { ChatDialectName, EmbeddingDialectName } from "@weir/protocol";
import type { Schedule } from "@weir/stats";
import type { ChatPlan, EmbeddingsPlan, MixedPlan, StopPlan, TransportPlan, WorkloadPlan } from "@weir/load";
import type { Calibration } from "../calibrate/calibration.ts";
import type { PromptSet } from "../prompts/prompt-set.ts";
import type { Limit } from "../record/limit.ts";
import type { ServerSideRequest } from "../server-side/watch-server.ts";
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

/** Chat as it is asked for. */
export interface ChatLoadRequest extends Pick<
  ChatPlan,
  "kind" | "stream" | "maxTokens" | "temperature" | "ignoreEos" | "check" | "turns"
> {
  readonly dialect: ChatDialectName | "auto";
  /** The name sent to the target; undefined takes the first that the target lists. */
  readonly model: string | undefined;
  readonly prompts: PromptSet;
  /** `busted` makes every prompt new to the server, `warm` repeats them. */
  readonly cache: "busted" | "warm";
}

/** What a request is. Other than embeddings and chat nothing of it is left to be found out. */
export type SingleWorkloadRequest =
  | EmbeddingsRequest
  | ChatLoadRequest
  | Exclude<WorkloadPlan, EmbeddingsPlan | ChatPlan | MixedPlan>;

/** Several workloads side by side, as they are asked for. */
export interface MixedRequest {
  readonly kind: "mixed";
  readonly parts: readonly {
    /** Unlike those of the other parts. */
    readonly name: string;
    /** Share of turns, relative to the others. Above 0. */
    readonly weight: number;
    readonly workload: SingleWorkloadRequest;
  }[];
}

export type WorkloadRequest = SingleWorkloadRequest | MixedRequest;

/** How the server is connected to. */
export type ConnectionRequest = Partial<
  Pick<
    TransportPlan,
    | "connectTimeoutMs"
    | "firstByteTimeoutMs"
    | "ca"
    | "insecure"
    | "httpVersion"
    | "maxConnections"
    | "retries"
  >
>;

/** A preset that a run was asked for by. */
export interface PresetChoice {
  readonly name: string;
  /** What runs of it are compared by, e.g. `response`; undefined where it has no such figure. */
  readonly metric: string | undefined;
}

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
  /** Failures in all that end the run; 0: any number. @default any number as long as some requests succeed */
  readonly stopFailures?: number | undefined;
  /** Failures one after the other that end the run; 0: any number. @default 0 */
  readonly stopFailuresInARow?: number | undefined;
  /** A share of the requests of the last seconds that ends the run when so many fail. @default any share */
  readonly stopErrorRate?: StopPlan["errorRate"];
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
  readonly preset?: PresetChoice | undefined;
  /** Threads that share the load. @default 1 */
  readonly workers?: number | "auto" | undefined;
  /** What is known of our own error on this machine, for the record to quote. @default nothing */
  readonly calibration?: Calibration | undefined;
  /** Keeps a row of every attempt in samples.parquet. @default false */
  readonly samples?: boolean | undefined;
  /** What of the server is looked at while it is loaded. @default what of it is on this machine */
  readonly serverSide?: ServerSideRequest | undefined;
}

/** What was found out about the target before the load. */
export interface RunTarget {
  /** Undefined where requests are sent as they are. */
  readonly dialect: EmbeddingDialectName | ChatDialectName | undefined;
  readonly model: string | undefined;
  /** What was asked to find the dialect and what came back, a sentence each; empty where it was given. */
  readonly evidence: readonly string[];
  /** Of each part of a mix, in order. */
  readonly parts?: readonly RunTarget[];
}
