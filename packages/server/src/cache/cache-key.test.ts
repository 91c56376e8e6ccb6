import type { EmbeddingModelInfo } from "@weir/engine";
import type { EmbeddingInputs, EmbeddingRequest } from "@weir/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toRequest } from "../fixtures/echo-pool.ts";
import { createKey, createKeyScope, toCanonicalJson } from "./cache-key.ts";

const info: EmbeddingModelInfo = {
  dimensions: 8,
  maxTokens: 64,
  vocabularySize: 30_000,
  pooling: "mean",
  device: "cpu",
  precision: "float32",
  reference: false,
  weightBytes: 0,
};
const scopeOf = (more: Partial<EmbeddingRequest> & Record<string, unknown> = {}, revision = "r"): string =>
  createKeyScope(revision, info, { ...toRequest(["a"]), ...more });
const keyOf = (inputs: EmbeddingInputs, scope = scopeOf()): string => createKey(scope, inputs, 0);
const text = (value: string): EmbeddingInputs => ({ kind: "texts", texts: [value] });

describe("the key of an input", () => {
  it("is one of SHA-256, equal where texts are equal", () => {
    const property = fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
      expect(keyOf(text(a))).toHaveLength(32);
      // What UTF-8 makes of them: a lone surrogate is U+FFFD there.
      expect(keyOf(text(a)) === keyOf(text(b))).toBe(Buffer.from(a).equals(Buffer.from(b)));
    });
    fc.assert(property);
  });

  it("depends on the revision and on how the vector is made", () => {
    const scopes = [
      scopeOf(),
      scopeOf({}, "s"),
      scopeOf({ normalize: false }),
      scopeOf({ pooling: "cls" }),
      scopeOf({ dimensions: 4 }),
      scopeOf({ truncate: false }),
      scopeOf({ inputs: { kind: "tokens", tokens: [[1]] } }),
      // A field that comes later is part of it by itself.
      scopeOf({ prompt: "query: " }),
    ];
    expect(new Set(scopes).size).toBe(scopes.length);
    expect(new Set(scopes.map((scope) => keyOf(text("a"), scope))).size).toBe(scopes.length);
  });

  it("does not depend on names, other inputs, or whether a default is written out", () => {
    expect(scopeOf({ model: "alias", inputs: text("b"), pooling: "mean", dimensions: 8 })).toBe(scopeOf());
    const list: EmbeddingInputs = { kind: "texts", texts: ["x", "a"] };
    expect(createKey(scopeOf(), list, 1)).toBe(keyOf(text("a")));
  });

  it("is made of JSON that has one form", () => {
    expect(toCanonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });
});
