import type { EmbeddingModelInfo } from "@weir/engine";
import type { EmbeddingRequest, EmbeddingResult } from "@weir/protocol";

export type BackendState =
  | { readonly kind: "ready"; readonly pid: number; readonly restarts: number }
  | { readonly kind: "restarting"; readonly restarts: number; readonly retryAfterMs: number }
  | { readonly kind: "stopped" };

/** What a result says of the engine's own time, where the backend knows it. */
export interface TimedEmbeddingResult extends EmbeddingResult {
  readonly computeMs: number;
}

/** A served embedding model, wherever it computes. */
export interface EmbeddingBackend extends AsyncDisposable {
  /** The name that clients ask for. */
  readonly name: string;
  readonly info: EmbeddingModelInfo;
  readonly state: BackendState;
  /** Rejects with a WeirError: NOT_READY or REPLICA_LOST (retryable), CANCELLED, or what the model threw. */
  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<TimedEmbeddingResult>;
}
