import type { EmbeddingRequest } from "../canonical/embedding.ts";
import type { VectorEncoding } from "../canonical/embedding-dialect.ts";
import { WeirError } from "../canonical/weir-error.ts";

/** What a dialect's request has words for. */
export interface Expressible {
  readonly tokens: boolean;
  /** Whether vectors can be asked for as the model gives them, not scaled to length 1. */
  readonly unnormalized: boolean;
  readonly pooling: boolean;
  readonly dimensions: boolean;
  readonly base64: boolean;
  readonly promptName: boolean;
}

/** Throws INVALID_REQUEST that names everything in a request that the dialect cannot say. */
export function checkExpressible(
  dialect: string,
  expressible: Expressible,
  request: EmbeddingRequest,
  encoding: VectorEncoding,
): void {
  const missing: string[] = [];
  if (request.inputs.kind === "tokens" && !expressible.tokens) missing.push("token ids as inputs");
  if (!request.normalize && !expressible.unnormalized) missing.push("vectors that are not normalised");
  if (request.pooling !== undefined && !expressible.pooling) missing.push(`pooling ${request.pooling}`);
  if (request.dimensions !== undefined && !expressible.dimensions) missing.push("dimensions");
  if (request.promptName !== undefined && !expressible.promptName) missing.push("a prompt by name");
  if (encoding === "base64" && !expressible.base64) missing.push("base64 vectors");
  if (missing.length === 0) return;
  throw new WeirError(
    "INVALID_REQUEST",
    `the ${dialect} dialect cannot ask for ${missing.join(", ")}. Leave that out, or use another dialect.`,
  );
}
