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
}

/** In layer normalization, under the root; as in BERT. */
export const layerNormEpsilon = 1e-12;
