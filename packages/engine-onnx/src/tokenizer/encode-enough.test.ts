import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../folder/read-json.ts";
import { describeReferenceModel } from "../reference/reference-models.ts";
import { makeSmallFiles } from "../reference/small-files.ts";
import { createEnoughEncoder } from "./encode-enough.ts";
import { findWordBorders } from "./word-borders.ts";

const bert = JSON.parse(
  makeSmallFiles(describeReferenceModel("reference-embed-minilm"))["tokenizer.json"]!,
) as JsonObject;
const bare = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
const mask = { id: 7, content: "<mask>", lstrip: true, rstrip: false, normalized: false, special: true };

/** As RoBERTa's: bytes, a space belongs to the word after it. */
const byteLevel: JsonObject = {
  ...bare,
  added_tokens: [mask],
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
  model: {
    type: "BPE",
    vocab: Object.fromEntries(
      ["a", "b", "Ġ", "ab", "Ġa", "Ġab", "Ċ", "<mask>", ".", "<unk>"].map((piece, id) => [piece, id]),
    ),
    merges: ["a b", "Ġ a", "Ġa b"],
    unk_token: "<unk>",
  },
};

/** As XLM-RoBERTa's: words between spaces, cut by the most probable pieces. */
const unigram: JsonObject = {
  ...bare,
  normalizer: { type: "Sequence", normalizers: [{ type: "Precompiled", precompiled_charsmap: null }] },
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [
      { type: "WhitespaceSplit" },
      { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
    ],
  },
  model: {
    type: "Unigram",
    unk_id: 0,
    vocab: [
      ["<unk>", 0],
      ["▁", -2],
      ["a", -3],
      ["b", -3],
      ["ab", -4],
      ["▁a", -4],
      [".", -5],
      ["▁ab", -5],
    ],
  },
};

/** What may go wrong at a cut: contexts, marks, halves of pairs, special tokens, runs too long for a word. */
const pieces = [
  ..."ab .,'-:^_[]Σσ\n\t\0".split(""),
  "  ",
  "Α",
  "ΑΣ",
  "Σ.",
  "é",
  "e\u0301",
  "\u0301\u0327",
  "\u0345",
  "漢",
  "字",
  "한",
  "İ",
  "ß",
  "ก็",
  "\u3000",
  "\u2019",
  "\ud800",
  "\udc00",
  "\u{1f30a}",
  "\u{20000}",
  "\u200d",
  "\ufeff",
  "\ufffd",
  "\u0378",
  "\ue000",
  "…",
  "[SEP]",
  "[CLS]",
  "<mask>",
  "[SEP",
  "river",
  "measure",
  "x".repeat(101),
  "é".repeat(260),
  "\u{1f30a}".repeat(230),
  "\0".repeat(40),
  "a\u0301".repeat(350),
  "\ud800".repeat(30),
];

/** Texts long enough to be cut, and no longer than the library can take whole: it runs out of stack on more. */
function anyText(longest: number): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...pieces.filter(({ length }) => length <= longest));
  const times = fc.constantFrom(1, 1, 1, 2, 3, 40, longest);
  return fc
    .array(fc.record({ piece, times }), { minLength: 1, maxLength: 40 })
    .map((parts) => parts.map(({ piece, times }) => piece.repeat(times)).join(""));
}

function tokenize(definition: JsonObject): (text: string) => readonly number[] {
  const tokenizer = new Tokenizer(definition, {});
  return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
}

describe("createEnoughEncoder", () => {
  it.each([
    ["bert", "a WordPiece tokenizer", bert, 1000, 400],
    ["space-led", "a byte-level one", byteLevel, 60, 150],
    ["words", "a unigram one", unigram, 60, 150],
  ] as const)(
    "gives the first tokens of the whole text (%s: %s)",
    (borders, _, definition, longest, numRuns) => {
      expect(findWordBorders(definition)).toBe(borders);
      const whole = tokenize(definition);
      const encode = createEnoughEncoder(definition, whole);
      fc.assert(
        fc.property(anyText(longest), fc.integer({ min: 0, max: 60 }), (text, enough) => {
          const all = whole(text);
          const some = encode(text, enough);
          expect(some).toEqual(all.slice(0, some.length));
          expect(some.length).toBeGreaterThanOrEqual(Math.min(all.length, enough + 1));
        }),
        { numRuns },
      );
    },
  );

  it("knows that the small letter of a capital sigma depends on what follows it", () => {
    const whole = tokenize(bert);
    expect(whole("ΟΔΟΣ")).not.toEqual(whole("ΟΔΟΣ.Α").slice(0, -2));
    const encode = createEnoughEncoder(bert, whole);
    const text = `${"x".repeat(101)} `.repeat(4) + "ΟΔΟΣ.".repeat(500);
    const all = whole(text);
    for (let enough = 0; enough < 130; enough++) {
      const some = encode(text, enough);
      expect(some).toEqual(all.slice(0, some.length));
      expect(some.length).toBeGreaterThan(enough);
    }
  });

  it.each([
    ["prose", "hello world ", 1_000_000],
    ["one word", "x", 10_000_000],
    ["spaces", " ", 10_000_000],
    ["Chinese", "漢字", 5_000_000],
    ["full stops", ".", 10_000_000],
    ["sigmas", "Σ.", 5_000_000],
    ["lone surrogates", "\ud800", 10_000_000],
    ["accents", "\u0301", 10_000_000],
    ["Cyrillic without a space", "река", 2_500_000],
    ["Thai without a space", "ก็", 5_000_000],
  ])("reads little of ten million characters (%s)", (_, piece, times) => {
    let read = 0;
    const whole = tokenize(bert);
    const encode = createEnoughEncoder(bert, (text) => {
      read += text.length;
      return whole(text);
    });
    encode(piece.repeat(times), 254);
    expect(read).toBeLessThan(100_000);
  });

  it("reads the whole text where it is not known how the tokenizer cuts", () => {
    const unknown = {
      ...byteLevel,
      pre_tokenizer: { type: "Split", pattern: { Regex: "b" }, behavior: "Isolated" },
    };
    const texts: string[] = [];
    const encode = createEnoughEncoder(unknown, (text) => {
      texts.push(text);
      return [1];
    });
    const long = "a b ".repeat(10_000);
    encode(long, 0);
    expect(texts).toEqual([long]);
  });

  it("does not cut where an added token may lie across", () => {
    const spaced = { ...bert, added_tokens: [{ ...mask, content: "a b" }] };
    expect(findWordBorders(spaced)).toBe("none");
  });
});
