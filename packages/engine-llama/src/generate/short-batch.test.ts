import { expect, it } from "vitest";
import { countRepeated, readMatrixCost } from "./short-batch.ts";

const small = {
  "general.architecture": "llama",
  "llama.embedding_length": 576,
  "llama.feed_forward_length": 1536,
  "llama.attention.head_count": 9,
  "llama.attention.head_count_kv": 3,
};

it("reads the cost of a model's matrices from its file", () => {
  expect(readMatrixCost(small)).toBeCloseTo(295, 0);
  expect(readMatrixCost({ ...small, "llama.expert_used_count": 2 })).toBeCloseTo(516, 0);
  expect(readMatrixCost({ ...small, "llama.attention.head_count": [9, 0] })).toBeUndefined();
  expect(readMatrixCost({})).toBeUndefined();
});

it("repeats tokens only where computing in blocks saves more than they cost", () => {
  const cost = readMatrixCost(small)!;
  const fewest = (position: number): number =>
    Array.from({ length: 64 }, (_, count) => count).find(
      (count) => countRepeated(count, position, cost) > 0,
    ) ?? 64;
  // The more is remembered, the more attention is of it all.
  expect([100, 500, 1772, 8000].map(fewest)).toEqual([50, 36, 27, 22]);
  expect(countRepeated(63, 1772, cost)).toBe(1);
  expect(countRepeated(40, 1772, cost)).toBe(24);
  expect(countRepeated(64, 1772, cost)).toBe(0);
  expect(countRepeated(256, 1772, cost)).toBe(0);
});

it("never repeats more than there is", () => {
  expect(countRepeated(40, 23, 0)).toBe(0);
  expect(countRepeated(40, 24, 0)).toBe(24);
});
