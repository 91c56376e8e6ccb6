import { describe, expect, it } from "vitest";
import { prepareTokens } from "./prepare-tokens.ts";

const options = {
  truncate: true,
  maxTokens: 5,
  vocabularySize: 100,
  prefix: [1],
  suffix: [2],
  encode: (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0) % 100),
};
const texts = (...texts: string[]) => ({ kind: "texts", texts }) as const;
const tokens = (...tokens: number[][]) => ({ kind: "tokens", tokens }) as const;

describe("prepareTokens", () => {
  it("puts special tokens around a text's own, the empty text's too", () => {
    const prepared = prepareTokens(texts("de", "", "def"), options);
    expect([...prepared.tokenIds]).toEqual([1, 0, 1, 2, 1, 2, 1, 0, 1, 2, 2]);
    expect([...prepared.lengths]).toEqual([4, 2, 5]);
    expect(prepared.truncated).toBe(0);
  });

  it("cuts and counts, keeping the closing token", () => {
    const prepared = prepareTokens(texts("defg", "def", "defgh"), options);
    expect([...prepared.tokenIds]).toEqual([1, 0, 1, 2, 2, 1, 0, 1, 2, 2, 1, 0, 1, 2, 2]);
    expect(prepared.truncated).toBe(2);
  });

  it("cuts token lists, keeping a closing token that is there", () => {
    const prepared = prepareTokens(tokens([1, 7, 8, 9, 10, 2], [7, 8, 9, 10, 11, 12]), options);
    expect([...prepared.tokenIds]).toEqual([1, 7, 8, 9, 2, 7, 8, 9, 10, 11]);
    expect(prepared.truncated).toBe(2);
  });

  it("refuses a long input where it may not cut, naming it", () => {
    const refuse = () => prepareTokens(texts("d", "defg"), { ...options, truncate: false });
    expect(refuse).toThrow(expect.objectContaining({ code: "INPUT_TOO_LONG", field: "input[1]" }));
  });

  it.each([[100], [-1], [1.5], [Number.NaN]])("refuses the token id %d, naming its place", (id) => {
    expect(() => prepareTokens(tokens([1], [1, id]), options)).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", field: "input[1][1]" }),
    );
  });

  it("refuses a list of no tokens", () => {
    expect(() => prepareTokens(tokens([]), options)).toThrow(
      expect.objectContaining({ code: "EMPTY_INPUT", field: "input[0]" }),
    );
  });
});
