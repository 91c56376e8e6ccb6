import type { EmbeddingModelInfo } from "@weir/engine";
import type {
  EmbeddingDialectName,
  EmbeddingResult,
  ModelRequest,
  ModelVectors,
  Pooling,
} from "@weir/protocol";

export type BackendState =
  /**
   * It takes jobs. `pid` is one of its replicas', undefined where it has none: `replicas` of the backend has them all.
   * `restarts` also counts how often a remote server came back.
   */
  | { readonly kind: "ready"; readonly pid: number | undefined; readonly restarts: number }
  /** None takes jobs; one is being started. */
  | { readonly kind: "restarting"; readonly restarts: number; readonly retryAfterMs: number }
  /** It ended too often: nothing is started before `retryAfterMs` have passed. */
  | {
      readonly kind: "circuit-open";
      readonly restarts: number;
      readonly retryAfterMs: number;
      /** What the process that ended last had printed, oldest first. */
      readonly lastLines: readonly string[];
    }
  /** Unloaded on purpose: it has no processes, and the next job loads it. */
  | {
      readonly kind: "asleep";
      /** Why it could not be loaded when it was last tried; undefined where that was not so. */
      readonly failure: string | undefined;
    }
  /** It was asleep and is being loaded: jobs wait for it. */
  | { readonly kind: "loading" }
  /** The remote server takes no jobs; it is tried again by itself. */
  | {
      readonly kind: "unreachable";
      readonly restarts: number;
      readonly retryAfterMs: number;
      /** Half a sentence: what it does instead. */
      readonly cause: string;
      /** It was lost too often for jobs to wait for it. */
      readonly circuitOpen: boolean;
    }
  | { readonly kind: "stopped" };

/** What is known of a model, wherever it computes. A server elsewhere does not say everything. */
export interface BackendInfo extends Pick<
  EmbeddingModelInfo,
  "dimensions" | "device" | "deviceFallback" | "precision" | "reference" | "architecture" | "labels"
> {
  readonly maxTokens: number | undefined;
  readonly pooling: Pooling | undefined;
  readonly weightBytes: number | undefined;
}

/** One process of a backend, as probes and metrics show it. */
export interface ReplicaStatus {
  /** Its place, from 0: stays the same when the process is replaced. */
  readonly place: number;
  readonly kind: "ready" | "starting" | "circuit-open";
  /** Undefined while there is no process that takes jobs. */
  readonly pid: number | undefined;
  readonly jobsUnderWay: number;
  /** Jobs that this process has done. */
  readonly jobsDone: number;
  /** Resident memory when it last said so; undefined before that. */
  readonly rssBytes: number | undefined;
}

/**
 * What an answer says of the work behind it. Times in milliseconds, summed over its batches, wherever they ran. Undefined
 * is what a remote server keeps to itself.
 */
interface WorkDone {
  /** Turning texts into token ids. */
  readonly tokenizeMs: number | undefined;
  /** The engine's own time; of a remote server the whole time until its answer was here. */
  readonly computeMs: number;
  readonly batches: number | undefined;
  /** Tokens of those batches with padding. */
  readonly paddedTokens: number | undefined;
}

/** `inputTokens` is 0 where nobody counted them. */
export interface TimedEmbeddingResult extends EmbeddingResult, WorkDone {
  readonly vectors: ModelVectors;
  /** Tokens of each input, special tokens included, after truncation. */
  readonly rowTokens: readonly number[] | undefined;
  /** Which inputs were cut, in order. */
  readonly truncatedRows: readonly number[] | undefined;
  /** What the tokenizer gave, as JSON, where it alone was asked. */
  readonly tokens?: Uint8Array;
}

/** A request as it came: for a backend that is asked in the same dialect. */
export interface WireRequest {
  readonly dialect: EmbeddingDialectName;
  /** Valid JSON, an object. */
  readonly body: Uint8Array;
  /** What its model field says; undefined where it has none. */
  readonly model: string | undefined;
}

/** A remote server's answer as it came. */
export interface PassedAnswer extends WorkDone {
  readonly kind: "passed";
  readonly body: Uint8Array;
  /** Undefined where the server does not count. */
  readonly inputTokens: number | undefined;
  readonly truncated: number;
}

/** What a backend on another server has to know of the request behind a job. */
export interface JobOrigin {
  /** Ids of the servers that it came through before this one; see `remote/passed-servers.ts`. */
  readonly passedServers?: readonly string[];
  /** The client was refused before and comes again. @default false */
  readonly isRetry?: boolean;
  /** Time until the job's deadline, in milliseconds. @default none is left to wait in */
  readonly leftMs?: () => number;
}

/** Requests of one dialect whose bytes are handed on, and whose answers' bytes are handed back, unread. */
interface PassThrough {
  readonly dialect: EmbeddingDialectName;
  /** Rejects as `embed` of the backend does. Only the model's name is replaced, where it is another one there. */
  pass(request: WireRequest, signal: AbortSignal, origin?: JobOrigin): Promise<PassedAnswer>;
}

/** Leave to use more than one slot for a job: a `Permit` of admission is one. */
export interface SlotLender {
  /** Of the job's class: 0 goes first. */
  readonly rank: number;
  /** Takes up to `most` further slots, as far as they are idle. Returns how many. */
  takeIdleSlots(most: number): number;
  giveSlots(count: number): void;
}

/** A served embedding model, wherever it computes. */
export interface EmbeddingBackend extends AsyncDisposable {
  /** The name that clients ask for. */
  readonly name: string;
  readonly info: BackendInfo;
  readonly state: BackendState;
  /** Jobs that it takes at once now: ready replicas times what each takes, or a remote server's. 0 while none is ready. */
  readonly slots: number;
  /** Tokens of a job that fills a slot: smaller ones are computed together and share it. @default 0, each has one to itself */
  readonly slotCost?: number;
  readonly replicas: readonly ReplicaStatus[];
  /**
   * Rejects with a WeirError: NOT_READY, REPLICA_START_FAILED, REPLICA_LOST or REMOTE_FAILED (retryable), REMOTE_REFUSED,
   * LOOP_DETECTED, TARGET_ANSWER_INVALID, CANCELLED, or what the model threw. A large request is split over idle replicas, over as many as `lender` has slots for where one is given.
   */
  embed(
    request: ModelRequest,
    signal: AbortSignal,
    lender?: SlotLender,
    origin?: JobOrigin,
  ): Promise<TimedEmbeddingResult>;
  /** Undefined where every answer is computed here. */
  readonly passing?: PassThrough;
}
