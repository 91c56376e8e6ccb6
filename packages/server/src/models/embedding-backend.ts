import type { EmbeddingModelInfo } from "@weir/engine";
import type { EmbeddingRequest, EmbeddingResult } from "@weir/protocol";

export type BackendState =
  /** At least one replica takes jobs. `pid` is one of theirs; `replicas` of the backend has them all. */
  | { readonly kind: "ready"; readonly pid: number; readonly restarts: number }
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
  | { readonly kind: "stopped" };

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

/** What a result says of the work behind it. Times in milliseconds, summed over its batches, wherever they ran. */
export interface TimedEmbeddingResult extends EmbeddingResult {
  /** Tokens of each input, special tokens included, after truncation. */
  readonly rowTokens: readonly number[];
  /** Which inputs were cut, in order. */
  readonly truncatedRows: readonly number[];
  /** Turning texts into token ids. */
  readonly tokenizeMs: number;
  /** The engine's own time. */
  readonly computeMs: number;
  readonly batches: number;
  /** Tokens of those batches with padding. */
  readonly paddedTokens: number;
}

/** Leave to use more than one slot for a job: a `Permit` of admission is one. */
export interface SlotLender {
  /** Takes up to `most` further slots, as far as they are idle. Returns how many. */
  takeIdleSlots(most: number): number;
  giveSlots(count: number): void;
}

/** A served embedding model, wherever it computes. */
export interface EmbeddingBackend extends AsyncDisposable {
  /** The name that clients ask for. */
  readonly name: string;
  readonly info: EmbeddingModelInfo;
  readonly state: BackendState;
  /** Jobs that it takes at once now: ready replicas times what each takes. 0 while none is ready. */
  readonly slots: number;
  readonly replicas: readonly ReplicaStatus[];
  /**
   * Rejects with a WeirError: NOT_READY, REPLICA_START_FAILED or REPLICA_LOST (retryable), CANCELLED, or what the model
   * threw. A large request is split over idle replicas, over as many as `lender` has slots for where one is given.
   */
  embed(request: EmbeddingRequest, signal: AbortSignal, lender?: SlotLender): Promise<TimedEmbeddingResult>;
}
