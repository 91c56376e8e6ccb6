import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createWordPieceEncoder, type WordPieceModel } from "./word-piece.ts";

const pieces = [
  "[UNK]",
  "a",
  "b",
  "ab",
  "abc",
  "aabb",
  "é",
  "𝒳",
  "##a",
  "##b",
  "##ab",
  "##bca",
  "##𝒳",
  "##é",
];

/** The library's own model. */
function createModel(most: number): WordPieceModel & { encode(words: readonly string[]): string[] } {
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const model = {
    type: "WordPiece",
    vocab,
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: most,
  };
  const nothing = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
  const tokenizer = new Tokenizer({ model, added_tokens: [], ...nothing }, {});
  const own: unknown = tokenizer.model;
  return own as ReturnType<typeof createModel>;
}

describe("createWordPieceEncoder", () => {
  it("gives the pieces that the library gives, for words of every kind", () => {
    const word = fc
      .array(fc.constantFrom("a", "b", "c", "é", "𝒳", "z"), { maxLength: 45 })
      .map((characters) => characters.join(""));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (words, most) => {
        const model = createModel(most);
        const encode = createWordPieceEncoder(model);
        const wanted = model.encode(words);
        expect(encode(words)).toEqual(wanted);
        expect(encode(words)).toEqual(wanted);
      }),
    );
  });

  it("looks no further for a piece than the longest is long, and once for a word that comes again", () => {
    const model = createModel(100);
    let lookups = 0;
    const has = (piece: string): boolean => {
      lookups++;
      return model.tokens_to_ids.has(piece);
    };
    const counted = Object.assign(Object.create(model.tokens_to_ids) as Map<string, number>, {
      has,
      keys: () => model.tokens_to_ids.keys(),
    });
    const encode = createWordPieceEncoder({
      tokens_to_ids: counted,
      unk_token: "[UNK]",
      max_input_chars_per_word: 100,
      config: {},
    });
    expect(encode([`${"a".repeat(98)}z`])).toEqual(["[UNK]"]);
    expect(lookups).toBeLessThanOrEqual(99 * 5);
    lookups = 0;
    encode(Array.from({ length: 50 }, () => "abcab"));
    expect(lookups).toBeLessThanOrEqual(5 * 5);
  });
});
