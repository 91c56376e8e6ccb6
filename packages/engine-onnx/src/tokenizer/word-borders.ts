import { isObject, type JsonObject } from "../folder/read-json.ts";

/**
 * Where a text may be cut so that the tokens before the cut are exactly the first tokens of the whole text. `bert`
 * allows cuts at spaces, punctuation and Chinese characters; `words` at any plain space or line feed; `space-led` at a
 * space that follows something else than white space; `none` nowhere.
 */
export type WordBorders = "bert" | "words" | "space-led" | "none";

/**
 * Decides by what a tokenizer.json is made of. A cut is exact where every step treats the two sides apart: the
 * normalizer maps characters without looking over a space, the pre-tokenizer never keeps a space and what precedes it
 * in one piece, and the model sees one piece at a time. Everything that is not known to do so is `none`.
 */
export function findWordBorders(tokenizer: JsonObject): WordBorders {
  const normalizer = tokenizer["normalizer"] ?? null;
  const preTokenizer = tokenizer["pre_tokenizer"] ?? null;
  if (hasSpacedAddedTokens(tokenizer)) return "none";
  const first = firstOf(preTokenizer, "pretokenizers");
  if (!isObject(first)) return "none";
  if (isBert(tokenizer, normalizer, preTokenizer)) return "bert";
  const type = first["type"];
  if (type === "BertPreTokenizer" || type === "WhitespaceSplit" || type === "Whitespace") {
    return isLocalNormalizer(normalizer) ? "words" : "none";
  }
  if (type === "ByteLevel" && first["use_regex"] !== false && first === preTokenizer) {
    return normalizer === null || isOfType(normalizer, "NFC") ? "space-led" : "none";
  }
  return "none";
}

function isBert(tokenizer: JsonObject, normalizer: unknown, preTokenizer: unknown): boolean {
  return (
    isOfType(tokenizer["model"], "WordPiece") &&
    isOfType(preTokenizer, "BertPreTokenizer") &&
    isOfType(normalizer, "BertNormalizer") &&
    isObject(normalizer) &&
    normalizer["clean_text"] === true &&
    normalizer["handle_chinese_chars"] === true
  );
}

/** Normalizers that keep a space a space and never join what is on its two sides. */
const localNormalizers: ReadonlySet<unknown> = new Set([
  "BertNormalizer",
  "Lowercase",
  "NFC",
  "NFD",
  "NFKC",
  "NFKD",
  "StripAccents",
  "Precompiled",
]);

function isLocalNormalizer(normalizer: unknown): boolean {
  if (normalizer === null) return true;
  if (!isObject(normalizer)) return false;
  if (normalizer["type"] === "Sequence") {
    const { normalizers } = normalizer;
    return Array.isArray(normalizers) && normalizers.every((one) => isLocalNormalizer(one));
  }
  return localNormalizers.has(normalizer["type"]);
}

/** An added token is found before all else; with a space inside, it could lie across the cut. */
function hasSpacedAddedTokens(tokenizer: JsonObject): boolean {
  return listAddedTokens(tokenizer).some((content) => /\s/.test(content));
}

export function listAddedTokens(tokenizer: JsonObject): readonly string[] {
  const added = tokenizer["added_tokens"];
  if (!Array.isArray(added)) return [];
  return added.flatMap((token) =>
    isObject(token) && typeof token["content"] === "string" ? [token["content"]] : [],
  );
}

function firstOf(step: unknown, listName: string): unknown {
  if (!isOfType(step, "Sequence")) return step;
  const list = (step as JsonObject)[listName];
  return Array.isArray(list) ? list[0] : undefined;
}

function isOfType(step: unknown, type: string): boolean {
  return isObject(step) && step["type"] === type;
}
