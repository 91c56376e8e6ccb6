import type { JsonObject } from "../folder/read-json.ts";
import { chineseUnits, createRunShortener } from "./shorten-runs.ts";
import { findWordBorders, listAddedTokens, type WordBorders } from "./word-borders.ts";

/** Tokens of a text without special ones. */
export type Encode = (text: string) => readonly number[];

/**
 * Wraps a tokenizer so that of a long text only as much is read as gives more than `enough` tokens. The tokens are
 * exactly the first ones of the whole text, and more than `enough` of them wherever the whole has more.
 */
export function createEnoughEncoder(
  tokenizer: JsonObject,
  encode: Encode,
): (text: string, enough: number) => readonly number[] {
  const borders = findWordBorders(tokenizer);
  if (borders === "none") return encode;
  const addedTokens = listAddedTokens(tokenizer);
  const findCut = createCutFinder(borders, addedTokens);
  const shorten =
    borders === "bert" ? createRunShortener({ ...readBertSettings(tokenizer), addedTokens }) : undefined;
  return (text, enough) => {
    // English has four to five characters a token: the first look mostly is enough.
    let size = Math.max(512, enough * 8);
    let rest = text;
    for (let look = 0; size < rest.length; look++, size *= 4) {
      if (look === 1 && shorten !== undefined) rest = shorten(rest);
      const cut = findCut(rest, Math.min(size, rest.length - 1));
      if (cut === 0) continue;
      const ids = encode(rest.slice(0, cut));
      const sure = ids.length - (borders === "bert" ? countUnsureTokens(rest, cut, findCut) : 0);
      if (sure > enough) return ids.slice(0, sure);
    }
    return encode(rest);
  };
}

/** Gives the last place at or before `from` where a text may be cut, 0 where there is none. */
type CutFinder = (text: string, from: number) => number;

const bertBorder = new RegExp(`[ \\t\\n\\r\\p{Zs}${chineseUnits}\\p{P}!-/:-@\\[-\`\\{-~]`, "u");

const borderPatterns = { bert: bertBorder, words: /[ \n]/, "space-led": / / };

function createCutFinder(borders: Exclude<WordBorders, "none">, addedTokens: readonly string[]): CutFinder {
  const border = borderPatterns[borders];
  // A border inside an added token could be the middle of one.
  const inner = new Set(addedTokens.flatMap((content) => content.slice(1).split("")));
  return (text, from) => {
    for (let at = from; at > 0; at--) {
      const unit = text[at]!;
      if (!border.test(unit) || inner.has(unit)) continue;
      if (borders !== "space-led" || /\S/.test(text[at - 1]!)) return at;
    }
    return 0;
  };
}

/** What decides whether a capital sigma before it ends a word: anything but marks, apostrophes, full stops and such. */
const decidesSigma = /[ \t\n\r\p{Zs}\p{Lu}\p{Ll}\p{Lo}\p{N}]/u;

/**
 * How many of the last tokens before a cut may differ from the whole text's: the small letter of a capital sigma
 * depends on whether its word goes on, and some punctuation between is looked through (Unicode's Final_Sigma).
 */
function countUnsureTokens(text: string, cut: number, findCut: CutFinder): number {
  const sigma = text.lastIndexOf("Σ", cut - 1);
  if (sigma === -1 || decidesSigma.test(text.slice(sigma + 1, cut))) return 0;
  // One UTF-16 unit decomposes into four characters at most, and a token has at least one.
  return 4 * (cut - findCut(text, sigma));
}

function readBertSettings(tokenizer: JsonObject): { maxWordCharacters: number; stripsAccents: boolean } {
  const model = tokenizer["model"] as JsonObject;
  const normalizer = tokenizer["normalizer"] as JsonObject;
  const most = model["max_input_chars_per_word"];
  const { lowercase, strip_accents: strip } = normalizer;
  return {
    maxWordCharacters: typeof most === "number" ? most : 100,
    stripsAccents: strip === true || (lowercase === true && strip !== false),
  };
}
