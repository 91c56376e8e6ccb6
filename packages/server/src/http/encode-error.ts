import {
  chatDialects,
  embeddingDialects,
  type EmbeddingDialectName,
  type EncodedError,
  type WeirError,
} from "@weir/protocol";

/** Whose envelope an error leaves in. */
export type EnvelopeName = EmbeddingDialectName | "anthropic";

export function encodeErrorIn(name: EnvelopeName, error: WeirError, requestId: string): EncodedError {
  const dialect = name === "anthropic" ? chatDialects.anthropic : embeddingDialects[name];
  return dialect.encodeError(error, requestId);
}
