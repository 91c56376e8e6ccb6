import { describe, expect, it } from "vitest";
import { estimateTokens } from "./estimate-tokens.ts";

describe("the estimate of tokens", () => {
  it("goes by the bytes of texts, two special tokens each, cut to the model's longest", () => {
    const texts = ["a".repeat(40), "", "日本語です", "x".repeat(1_000_000)];
    expect(estimateTokens({ kind: "texts", texts }, 512)).toBe(12 + 2 + 6 + 512);
  });

  it("counts tokens that are given", () => {
    expect(estimateTokens({ kind: "tokens", tokens: [[1, 2, 3], Array(600).fill(7)] }, 512)).toBe(3 + 512);
  });
});
