import type { EmbeddingInputs, EmbeddingRequest, Pooling, VectorBlock } from "./embedding.ts";

/** What a model that scores reads as one: a text, or a pair of texts such as a question and a passage. */
export type TextSequence = readonly [text: string] | readonly [first: string, second: string];

/** What is scored, all of one request. */
export interface SequenceInputs {
  readonly kind: "sequences";
  readonly sequences: readonly TextSequence[];
}

/** What a model of any kind may be given. */
export type ModelInputs = EmbeddingInputs | SequenceInputs;

/**
 * Work for a model of any kind. Where sequences are scored, the vector of each is the model's own scores, one per label,
 * and what says how vectors are made is without effect.
 */
export interface ModelRequest extends Omit<EmbeddingRequest, "inputs" | "pooling"> {
  readonly inputs: ModelInputs;
  /** `none` asks for the vectors of all tokens, special ones included. */
  readonly pooling: Pooling | "none" | undefined;
  /** What the tokenizer alone is to do; nothing is computed then. Texts are tokenised, lists of ids decoded. */
  readonly tokenWork?: TokenWork;
}

/** `special`: whether special tokens are added to a text, or stay in a decoded one. */
export interface TokenWork {
  readonly kind: "tokenize" | "decode";
  readonly special: boolean;
}

/** What a model gave: a vector for each input, or where they were not pooled one for each token. */
export interface ModelVectors extends VectorBlock {
  /** How many of the vectors are of each input, in order; undefined where each input has one. */
  readonly rowLengths?: Int32Array;
}
