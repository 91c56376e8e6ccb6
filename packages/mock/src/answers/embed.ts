import { countInputs, type EmbeddingRequest, type EmbeddingResult } from "@weir/protocol";
import { contentHash, createRandom } from "@weir/stats";
import { countTokens } from "./words.ts";

/** Vectors of length 1 that depend on the input alone: the same text gives the same vector in every dialect. */
export function embed(request: EmbeddingRequest, dimensions: number, model: string): EmbeddingResult {
  const { inputs } = request;
  const texts = inputs.kind === "texts" ? inputs.texts : inputs.tokens.map((ids) => ids.join(" "));
  const width = Math.min(dimensions, request.dimensions ?? dimensions);
  const values = new Float32Array(texts.length * width);
  for (const [row, text] of texts.entries()) {
    const random = createRandom(Number.parseInt(contentHash(text).slice(0, 13), 16));
    const vector = values.subarray(row * width, (row + 1) * width);
    for (let column = 0; column < width; column += 1) vector[column] = random() - 0.5;
    const length = Math.hypot(...vector);
    for (let column = 0; column < width; column += 1) vector[column] = vector[column]! / length;
  }
  const inputTokens =
    inputs.kind === "texts"
      ? texts.reduce((sum, text) => sum + countTokens(text), 0)
      : inputs.tokens.reduce((sum, ids) => sum + ids.length, 0);
  const vectors = { count: countInputs(inputs), dimensions: width, values };
  return { model: request.model ?? model, vectors, inputTokens, truncated: 0 };
}
