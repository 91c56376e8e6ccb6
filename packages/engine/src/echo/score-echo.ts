import type { VectorBlock } from "@weir/protocol";
import type { EmbeddingBatch } from "../embedding-engine.ts";
import { echoTokens } from "./echo-tokens.ts";

/**
 * Scores that can be told beforehand. Label i's is the number of a row's words in the second segment that are in the first
 * one too, times i + 1; of a row with one segment the number of its words, times i + 1.
 */
export function scoreEcho(batch: EmbeddingBatch, labels: number): VectorBlock {
  const values = new Float32Array(batch.lengths.length * labels);
  let start = 0;
  batch.lengths.forEach((length, row) => {
    const ids = batch.tokenIds.subarray(start, start + length);
    start += length;
    const firstLength = batch.firstLengths?.[row] ?? length;
    const first = [...ids.subarray(0, firstLength)].filter(isWord);
    const second = [...ids.subarray(firstLength)].filter(isWord);
    const count = firstLength === length ? first.length : second.filter((id) => first.includes(id)).length;
    for (let label = 0; label < labels; label++) values[row * labels + label] = count * (label + 1);
  });
  return { count: batch.lengths.length, dimensions: labels, values };
}

function isWord(id: number): boolean {
  return id !== echoTokens.open && id !== echoTokens.close;
}
