import { createHash, hash } from "node:crypto";
import { resolveEmbedding, type EmbeddingModelInfo } from "@weir/engine";
import type { EmbeddingInputs, EmbeddingRequest } from "@weir/protocol";

/** Raised when what a key stands for changes: entries under older keys are never found again. */
const keyFormat = 1;

/**
 * Everything that a vector depends on beside its input, as a text of fixed length: the model's revision and all that the
 * request says of how it is to be made, with the model's defaults filled in. Whatever fields a request has beside its
 * model's name and inputs count, so one that is added later is part of the key without being named here.
 * Throws INVALID_REQUEST as `resolveEmbedding` does.
 */
export function createKeyScope(
  revision: string,
  info: EmbeddingModelInfo,
  { model: _model, inputs, ...how }: EmbeddingRequest,
): string {
  const scope = { format: keyFormat, revision, inputs: inputs.kind, ...how, ...resolveEmbedding(how, info) };
  return createHash("sha256").update(toCanonicalJson(scope)).digest("base64url");
}

/**
 * The key of one input: SHA-256 as a text of 32 characters, one for each byte. A lone surrogate counts as U+FFFD, which is
 * what the model gets for it too.
 */
export function createKey(scope: string, inputs: EmbeddingInputs, index: number): string {
  // A scope has a fixed length: nothing has to stand between it and the input.
  const input = inputs.kind === "texts" ? inputs.texts[index]! : inputs.tokens[index]!.join(",");
  return hash("sha256", scope + input, "binary");
}

/** JSON whose objects have their fields in the order of their names: the same for equal values. */
export function toCanonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
