import { expect, test } from "vitest";
import { kvTokenBytes, readNumberFact, readTextFact, toFacts } from "./gguf-facts.ts";

const facts = toFacts({
  metadata: {
    "general.architecture": "qwen3",
    "general.sampling.temp": 0.6,
    "qwen3.block_count": 28,
    "qwen3.embedding_length": 2048,
    "qwen3.attention.head_count": 16,
    "qwen3.attention.head_count_kv": 8,
    "qwen3.attention.key_length": 128,
    "qwen3.attention.value_length": 128,
  },
  lists: {},
});

test("a fact is found by its key", () => {
  expect(readNumberFact(facts, "general.sampling.temp")).toBe(0.6);
  expect(readTextFact(facts, "general.architecture")).toBe("qwen3");
  expect(readTextFact(facts, "general.name")).toBeUndefined();
});

test("a token takes keys and values of every layer", () => {
  expect(kvTokenBytes(facts, "f16")).toBe(28 * 8 * 256 * 2);
  expect(kvTokenBytes(facts, "q8_0")).toBe((28 * 8 * 256 * 34) / 32);
  expect(kvTokenBytes(facts, "q4_0")).toBe((28 * 8 * 256 * 18) / 32);
});

test("layers without key-value heads take nothing", () => {
  const mixed = { ...facts, "qwen3.block_count": 2, "qwen3.attention.head_count_kv": [0, 8] };
  expect(kvTokenBytes(mixed, "f16")).toBe(8 * 256 * 2);
});
