import { describe, expect, it } from "vitest";
import { embeddingDialects } from "../embedding-dialects.ts";
import { findInputTokens } from "./find-input-tokens.ts";

const result = {
  model: "m",
  vectors: { count: 64, dimensions: 64, values: new Float32Array(4_096).fill(0.25) },
  inputTokens: 321,
  truncated: 0,
};

describe("findInputTokens", () => {
  it.each([
    ["openai", 321],
    ["ollama", 321],
    ["tei", undefined],
    ["sidecar", undefined],
  ] as const)("in an answer of %s", (name, expected) => {
    expect(findInputTokens(embeddingDialects[name].encodeResponse(result, "float"))).toBe(expected);
  });

  it("before the vectors too", () => {
    const body = `{"usage": {"prompt_tokens": 7}, "data": [${"0.5,".repeat(5_000)}0]}`;
    expect(findInputTokens(Buffer.from(body))).toBe(7);
    expect(findInputTokens(Buffer.from(""))).toBeUndefined();
  });
});
