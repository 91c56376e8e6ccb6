import { expect, test } from "vitest";
import { kvTokenBytes, readFact, readNumberFact, readTextFact } from "./gguf-facts.ts";

const facts = {
  general: { architecture: "qwen3", sampling: { temp: 0.6 } },
  qwen3: {
    block_count: 28,
    embedding_length: 2048,
    attention: { head_count: 16, head_count_kv: 8, key_length: 128, value_length: 128 },
  },
};

test("a fact is found by its key", () => {
  expect(readNumberFact(facts, "general.sampling.temp")).toBe(0.6);
  expect(readTextFact(facts, "general.architecture")).toBe("qwen3");
  expect(readFact(facts, "general.name.of")).toBeUndefined();
});

test("a token takes keys and values of every layer", () => {
  expect(kvTokenBytes(facts, "f16")).toBe(28 * 8 * 256 * 2);
  expect(kvTokenBytes(facts, "q8_0")).toBe((28 * 8 * 256 * 34) / 32);
  expect(kvTokenBytes(facts, "q4_0")).toBe((28 * 8 * 256 * 18) / 32);
});

test("layers without key-value heads take nothing", () => {
  const mixed = {
    ...facts,
    qwen3: { ...facts.qwen3, block_count: 2, attention: { head_count: 16, head_count_kv: [0, 8] } },
  };
  expect(kvTokenBytes(mixed, "f16")).toBe(8 * 256 * 2);
});
