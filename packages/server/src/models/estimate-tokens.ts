import type { ModelInputs } from "@weir/protocol";

/** Bytes of UTF-8 per token, roughly: English has about 4; scripts with 3 bytes a character have a bit more than one. */
const bytesPerToken = 4;
/** Begin and end of each text. */
const specialTokens = 2;

/**
 * What a request costs beside its tokens, as tokens: HTTP, two hand-overs and a run of its own take the time that a model of
 * MiniLM's size computes about so many in. Without it, the time that single words took would be expected of each token of a
 * list.
 */
export const requestTokens = 64;

/** Tokens that the inputs will probably be, after cutting to `maxTokens`. Admission goes by it until they are counted. */
export function estimateTokens(inputs: ModelInputs, maxTokens: number): number {
  let tokens = 0;
  if (inputs.kind === "tokens") {
    for (const ids of inputs.tokens) tokens += Math.min(ids.length, maxTokens);
    return tokens;
  }
  if (inputs.kind === "texts") {
    for (const text of inputs.texts) tokens += estimateRow(Buffer.byteLength(text), maxTokens);
    return tokens;
  }
  // One query stands before thousands of texts: it is measured once.
  let [query, queryBytes] = ["", 0];
  for (const [first, second = ""] of inputs.sequences) {
    if (first !== query) [query, queryBytes] = [first, Buffer.byteLength(first)];
    tokens += estimateRow(queryBytes + Buffer.byteLength(second), maxTokens);
  }
  return tokens;
}

function estimateRow(bytes: number, maxTokens: number): number {
  return Math.min(Math.ceil(bytes / bytesPerToken) + specialTokens, maxTokens);
}
