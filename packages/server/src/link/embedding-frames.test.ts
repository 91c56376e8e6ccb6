import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeInputs, encodeRows, parseInputs, scatterRows } from "./embedding-frames.ts";

describe("embedding frames", () => {
  it("carry any texts", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (texts) => {
        const inputs = { kind: "texts" as const, texts };
        expect(parseInputs("texts", encodeInputs(inputs))).toEqual(inputs);
      }),
    );
  });

  it("carry a lone surrogate as the replacement character", () => {
    const bytes = encodeInputs({ kind: "texts", texts: ["a\ud800b"] });
    expect(parseInputs("texts", bytes)).toEqual({ kind: "texts", texts: ["a\ufffdb"] });
  });

  it("carry any token lists", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }))), (tokens) => {
        const inputs = { kind: "tokens" as const, tokens };
        expect(parseInputs("tokens", encodeInputs(inputs))).toEqual(inputs);
      }),
    );
  });

  it("carry any texts and pairs of texts, empty ones too", () => {
    const text = fc.string({ unit: "binary" });
    const sequence = fc.oneof(fc.tuple(text), fc.tuple(text, text));
    fc.assert(
      fc.property(fc.array(sequence), (sequences) => {
        const inputs = { kind: "sequences" as const, sequences };
        expect(parseInputs("sequences", encodeInputs(inputs))).toEqual(inputs);
      }),
    );
  });

  it("carry a query that stands before many texts once", () => {
    const query = "q".repeat(10_000);
    const sequences = ["a", "b", "c"].map((text) => [query, text] as const);
    const inputs = { kind: "sequences" as const, sequences };
    const body = encodeInputs(inputs);
    expect(body.length).toBeLessThan(10_100);
    expect(parseInputs("sequences", body)).toEqual(inputs);
  });

  it("put rows back where they belong", () => {
    const all = new Float32Array(6);
    const rows = Float32Array.from([1.5, -2.5, 3.5, 4.5]);
    scatterRows(encodeRows([2, 0], { count: 2, dimensions: 2, values: rows }), 2, all);
    scatterRows(encodeRows([1], { count: 1, dimensions: 2, values: Float32Array.from([7, 8]) }), 2, all);
    expect([...all]).toEqual([3.5, 4.5, 7, 8, 1.5, -2.5]);
  });
});
