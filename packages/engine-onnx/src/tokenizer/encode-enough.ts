import type { JsonObject } from "../folder/read-json.ts";
import { isObject } from "../folder/read-json.ts";
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
    borders === "bert" ? createRunShortener(readMaxWordCharacters(tokenizer), addedTokens) : undefined;
  return (text, enough) => {
    // English has four to five characters a token: the first look mostly is enough.
    let size = Math.max(512, enough * 8);
    let rest = text;
    for (let look = 0; size < rest.length; look++, size *= 4) {
      if (look === 1 && shorten !== undefined) rest = shorten(rest);
      const cut = findCut(rest, Math.min(size, rest.length - 1));
      if (cut > 0) {
        const ids = encode(rest.slice(0, cut));
        if (ids.length > enough) return ids;
      }
    }
    return encode(rest);
  };
}

/** Makes the function that gives the last place at or before `from` where a text may be cut, 0 where there is none. */
function createCutFinder(
  borders: Exclude<WordBorders, "none">,
  addedTokens: readonly string[],
): (text: string, from: number) => number {
  // A border inside an added token could be the middle of one.
  const inner = new Set(addedTokens.flatMap((content) => [...content.slice(1)]));
  const scan = (text: string, from: number, border: RegExp): number => {
    for (let at = from; at > 0; at--) {
      const unit = text[at]!;
      if (border.test(unit) && !inner.has(unit) && (borders !== "space-led" || /\S/.test(text[at - 1]!))) return at;
    }
    return 0;
  };
  if (borders === "space-led") return (text, from) => scan(text, from, / /);
  if (borders === "words") return (text, from) => scan(text, from, /[ \n]/);
  const spaces = new RegExp(`[ \\t\\n\\r\\p{Zs}${chineseUnits}]`, "u");
  const all = new RegExp(`[ \\t\\n\\r\\p{Zs}${chineseUnits}\\p{P}!-/:-@\\[-\`\\{-~]`, "u");
  return (text, from) => {
    const cut = scan(text, from, all);
    // The small letter of a capital sigma depends on the letters around it, and some punctuation between is looked
    // through (Unicode's Final_Sigma). It never looks past a space.
    return text.lastIndexOf("Σ", cut) === -1 ? cut : scan(text, from, spaces);
  };
}

function readMaxWordCharacters(tokenizer: JsonObject): number {
  const { model } = tokenizer;
  const most = isObject(model) ? model["max_input_chars_per_word"] : undefined;
  return typeof most === "number" ? most : 100;
}
