/** The sizes of a BERT encoder. */
export interface BertShape {
  readonly layers: number;
  readonly width: number;
  /** Divides `width`. */
  readonly heads: number;
  /** Width of the feed-forward layer inside. */
  readonly inner: number;
  readonly vocabularySize: number;
  readonly positions: number;
  readonly tokenTypes: number;
  /** How many scores it gives, for a cross-encoder: a pooler and a classifier on top. Undefined for an encoder alone. */
  readonly labels?: number;
}

/** In layer normalization, under the root; as in BERT. */
export const layerNormEpsilon = 1e-12;
