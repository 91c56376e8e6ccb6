import type { ModelInputs } from "./scoring.ts";

/** How the vectors of a text's tokens become one vector. */
export type Pooling = "mean" | "cls" | "max" | "last" | "mean_sqrt_len" | "weightedmean";

export const poolings: readonly Pooling[] = ["mean", "cls", "max", "last", "mean_sqrt_len", "weightedmean"];

/**
 * What is embedded: texts, or token ids of the model's own vocabulary (special tokens included by the caller).
 * All of one request are of one kind.
 */
export type EmbeddingInputs =
  | { readonly kind: "texts"; readonly texts: readonly string[] }
  | { readonly kind: "tokens"; readonly tokens: readonly (readonly number[])[] };

/** One embedding request, whatever dialect it came in. */
export interface EmbeddingRequest {
  /** The model's name as the client wrote it; undefined where the dialect has no such field or it was left out. */
  readonly model: string | undefined;
  readonly inputs: EmbeddingInputs;
  /** Whether each vector is scaled to length 1. */
  readonly normalize: boolean;
  /** Overrides the model's own pooling. */
  readonly pooling: Pooling | undefined;
  /** Keep this many leading values of each vector, then (where `normalize`) scale again. Whole number >= 1. */
  readonly dimensions: number | undefined;
  /** Cut inputs that are longer than the model takes (true), or refuse them with INPUT_TOO_LONG (false). */
  readonly truncate: boolean;
  /** Name of the model's prompt that goes before each text. Left out it is the model's default one, empty it is none. */
  readonly promptName?: string | undefined;
}

/** Vectors as one row-major block: row i is `values[i * dimensions .. (i + 1) * dimensions)`. */
export interface VectorBlock {
  readonly count: number;
  readonly dimensions: number;
  /** Length `count * dimensions`. */
  readonly values: Float32Array;
}

export interface EmbeddingResult {
  /** The name the model is served under. */
  readonly model: string;
  /** In the order of the request's inputs. */
  readonly vectors: VectorBlock;
  /** Tokens that the model read, special tokens included, after truncation. */
  readonly inputTokens: number;
  /** How many inputs were cut to the model's longest. */
  readonly truncated: number;
}

/** How many inputs a request has. */
export function countInputs(inputs: ModelInputs): number {
  if (inputs.kind === "sequences") return inputs.sequences.length;
  return inputs.kind === "texts" ? inputs.texts.length : inputs.tokens.length;
}
