import type { EmbeddingModelSpec } from "./embedding-engine.ts";

/** What the weights of a model may be turned into: whole numbers of 8 bits, all or most of them. */
export type QuantizedPrecision = "int8" | "int8-accurate";

export const quantizedPrecisions: readonly QuantizedPrecision[] = ["int8", "int8-accurate"];

/**
 * What an operator asks for: the weights as they are in the model's folder, whole numbers of 8 bits made from them, or the
 * fastest of these whose vectors are good enough.
 */
export type PrecisionWish = "fp32" | "auto" | QuantizedPrecision;

export const precisionWishes: readonly PrecisionWish[] = ["fp32", "auto", ...quantizedPrecisions];

/** What is done one after the other, in words for people. */
export const quantizeSteps = {
  calibrating: "computing calibration texts",
  fusing: "putting attention into one operator",
  choosing: "measuring what each matrix costs in accuracy",
  writing: "writing the weights",
  judging: "comparing it with the float32 model",
} as const;

export interface QuantizeProgress {
  readonly step: keyof typeof quantizeSteps;
  /** How far that step is, of `total`. */
  readonly done: number;
  readonly total: number;
}

export interface WriteQuantizedOptions {
  readonly precision: QuantizedPrecision;
  /** A folder that does not exist yet or is empty. */
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: QuantizeProgress) => void) | undefined;
}

/** What an engine package exports beside an EmbeddingEngineModule where it can make its models smaller. */
export interface ModelQuantizer {
  /** Another one whenever the same model would give other weights: what was made by another one is made again. */
  readonly quantizerVersion: string;
  /**
   * Writes a complete model's folder with smaller weights. Takes a while and holds the calling thread: it belongs into a
   * process of its own. Throws MODEL_INVALID where the model is not in float32 or has nothing to quantise, USAGE where
   * `out` cannot be written, CANCELLED; nothing is left of the folder then.
   */
  writeQuantizedModel(spec: EmbeddingModelSpec, options: WriteQuantizedOptions): Promise<void>;
  /** How a model is run from a folder that was written for it: what only says which weights to take is left out. */
  toQuantizedSpec(spec: EmbeddingModelSpec, path: string): EmbeddingModelSpec;
}
