import type { EmbeddingInputs } from "@weir/protocol";

/** Bytes of UTF-8 per token, roughly: English has about 4; scripts with 3 bytes a character have a bit more than one. */
const bytesPerToken = 4;
/** Begin and end of each text. */
const specialTokens = 2;

/** Tokens that the inputs will probably be, after cutting to `maxTokens`. Admission goes by it until they are counted. */
export function estimateTokens(inputs: EmbeddingInputs, maxTokens: number): number {
  let tokens = 0;
  if (inputs.kind === "tokens") {
    for (const ids of inputs.tokens) tokens += Math.min(ids.length, maxTokens);
    return tokens;
  }
  for (const text of inputs.texts) {
    tokens += Math.min(Math.ceil(Buffer.byteLength(text) / bytesPerToken) + specialTokens, maxTokens);
  }
  return tokens;
}
