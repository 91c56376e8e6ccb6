import type { EmbeddingBatch, EmbeddingModelInfo, EmbeddingModelSpec } from "@weir/engine";
import type { ModelVectors } from "@weir/protocol";
import type { ErrorMeta } from "../link/link-messages.ts";

/** From the replica's link thread to its main thread, which owns the native engine. */
export type ToMainThread =
  | { readonly kind: "load"; readonly engineModule: string; readonly spec: EmbeddingModelSpec }
  | { readonly kind: "compute"; readonly batch: EmbeddingBatch }
  | { readonly kind: "exit" };

export type FromMainThread =
  | { readonly kind: "loaded"; readonly info: EmbeddingModelInfo }
  | { readonly kind: "load-failed"; readonly error: ErrorMeta }
  | { readonly kind: "computed"; readonly vectors: ModelVectors; readonly computeMs: number }
  | { readonly kind: "compute-failed"; readonly error: ErrorMeta };
