import { WeirError, type ModelRequest } from "@weir/protocol";
import type { EmbeddingBatch, EmbeddingModelInfo } from "./embedding-engine.ts";

/** How vectors are made, with nothing left open. */
export type ResolvedEmbedding = Pick<EmbeddingBatch, "pooling" | "normalize" | "dimensions">;

/**
 * Fills in what a request leaves to the model. Throws INVALID_REQUEST (field `dimensions`) where it asks for more
 * values than the model's vectors have, or for a length that the model was not trained for and its files list such.
 */
export function resolveEmbedding(
  request: Partial<Pick<ModelRequest, "pooling" | "normalize" | "dimensions">>,
  info: Pick<EmbeddingModelInfo, "pooling" | "dimensions" | "matryoshkaDimensions">,
): ResolvedEmbedding {
  const dimensions = request.dimensions ?? info.dimensions;
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > info.dimensions) {
    throw new WeirError(
      "INVALID_REQUEST",
      `dimensions must be a whole number from 1 to ${info.dimensions} (the length of this model's vectors), ` +
        `got ${dimensions}`,
      { field: "dimensions" },
    );
  }
  const lengths = info.matryoshkaDimensions;
  if (lengths !== undefined && dimensions !== info.dimensions && !lengths.includes(dimensions)) {
    throw new WeirError(
      "INVALID_REQUEST",
      `dimensions must be one of ${[...new Set([...lengths, info.dimensions])].join(", ")} (what this model was trained ` +
        `to be cut to), got ${dimensions}`,
      { field: "dimensions" },
    );
  }
  return { pooling: request.pooling ?? info.pooling, normalize: request.normalize ?? true, dimensions };
}
