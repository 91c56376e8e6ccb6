import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitText, splitText } from "./fit-text.ts";

const cut = (text: string, limit: number): string[] =>
  splitText(text, limit).map(({ start, end }) => text.slice(start, end));

describe("fitText", () => {
  it("leaves a text of exactly the limit alone", () => {
    for (const policy of ["error", "truncate", "split"] as const) {
      expect(fitText("abcd", 4, policy)).toEqual({ kind: "whole" });
      expect(fitText("abcd", Number.POSITIVE_INFINITY, policy)).toEqual({ kind: "whole" });
    }
  });

  it("keeps the beginning, and no half of a character", () => {
    expect(fitText("abcdef", 4, "truncate")).toEqual({ kind: "truncated", keptCharacters: 4 });
    expect(fitText("abc🌊ef", 4, "truncate")).toEqual({ kind: "truncated", keptCharacters: 3 });
    expect(fitText("abc🌊ef", 5, "truncate")).toEqual({ kind: "truncated", keptCharacters: 5 });
  });

  it("says that it is too long", () => {
    expect(fitText("abcdef", 4, "error")).toEqual({ kind: "too-long" });
  });
});

describe("splitText", () => {
  it.each([
    ["a paragraph", "One two. Three\n\nfour five six.", 25, ["One two. Three\n\n", "four five six."]],
    ["a line", "One two. Three\nfour five six.", 25, ["One two. Three\n", "four five six."]],
    ["a sentence", "One two three. Four five six.", 25, ["One two three. ", "Four five six."]],
    ["a word", "one two three four five six", 16, ["one two three ", "four five six"]],
    ["nothing at all", "abcdefghij", 4, ["abcd", "efgh", "ij"]],
    [
      "a full stop without a space",
      "川が流れる。堰がある。水を量る。",
      8,
      ["川が流れる。", "堰がある。", "水を量る。"],
    ],
  ])("cuts after %s", (_name, text, limit, pieces) => {
    expect(cut(text, limit)).toEqual(pieces);
  });

  it("covers every text, in pieces that fit and part no surrogate pair", () => {
    const texts = fc.string({ unit: fc.constantFrom("a", " ", "\n", ". ", "🌊", "字"), maxLength: 300 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 2, max: 40 }), (text, limit) => {
        const pieces = cut(text, limit);
        expect(pieces.join("")).toBe(text);
        expect(pieces.slice(1)).not.toContain("");
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(limit);
          expect(Buffer.from(piece).toString()).toBe(piece);
        }
      }),
    );
  });
});
