import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, it } from "vitest";
import { describeReferenceModel } from "../reference/reference-models.ts";
import { makeSmallFiles } from "../reference/small-files.ts";
import { createRunShortener, wordCharacter } from "./shorten-runs.ts";

const tinyTokenizer = JSON.parse(
  makeSmallFiles(describeReferenceModel("reference-embed-tiny"))["tokenizer.json"]!,
) as object;
const options = { maxWordCharacters: 100, stripsAccents: true, addedTokens: ["[SEP]"] };

describe("createRunShortener", () => {
  it("leaves words that are not too long, and what is between them", () => {
    const text = "The river, measured: é x\u0301 漢字 [SEP]\nnext";
    expect(createRunShortener(options)(text)).toBe(text);
  });

  it("shortens what is too long for a word to what still is", () => {
    const short = createRunShortener(options)(`go ${"x".repeat(100_000)} on`);
    expect(short).toMatch(/^go x{101,500} on$/);
  });

  it("leaves words alone where a special token may be inside", () => {
    const text = "x".repeat(10_000);
    expect(createRunShortener({ ...options, addedTokens: ["xyx"] })(text)).toBe(text);
  });

  it("makes no pair of two halves that were apart", () => {
    const short = createRunShortener(options)(`\ud800${"\0".repeat(511)}\udc00`);
    expect(short.replaceAll("\0", "")).not.toMatch(/[\u{10000}-\u{10ffff}]/u);
  });

  it("counts as a word's character only what stays one, of all of Unicode", () => {
    const { normalizer, pre_tokenizer: cut } = new Tokenizer(tinyTokenizer, {});
    const alone = new RegExp(`^(?:${wordCharacter})$`, "v");
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      if (!alone.test(character)) continue;
      const words = cut!.pre_tokenize_text(`a${normalizer!.normalize(character)}a`);
      if (words.length !== 1 || [...words[0]!].length < 3) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });
});
