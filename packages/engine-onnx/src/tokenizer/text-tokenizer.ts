import type { PairTokens } from "@weir/engine";
import { Tokenizer } from "@huggingface/tokenizers";
import { WeirError } from "@weir/protocol";
import type { ModelFolder } from "../folder/read-model-folder.ts";
import { invalidFile, readRequiredJson, type JsonObject } from "../folder/read-json.ts";
import { findPairTokens } from "./pair-tokens.ts";
import { createEnoughEncoder } from "./encode-enough.ts";
import { createWordPieceEncoder, type WordPieceModel } from "./word-piece.ts";

export interface TextTokenizer {
  /** Special tokens that the tokenizer puts before and after a text's own. */
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
  /** What it puts around two texts that belong together; undefined where it has no such rule. */
  readonly pair: PairTokens | undefined;
  /** One more than the highest token id. */
  readonly vocabularySize: number;
  /** A text's tokens without special ones; may stop once it has more than `enough`. */
  encode(text: string, enough: number): readonly number[];
  /** A whole text's tokens, without special ones, and their names. */
  encodeNamed(text: string): { readonly ids: readonly number[]; readonly names: readonly string[] };
  /** A token's name; undefined for an id outside the vocabulary. */
  nameOf(id: number): string | undefined;
  decode(ids: readonly number[], special: boolean): string;
}

/** Throws MODEL_INVALID naming tokenizer.json where it is missing, damaged or says something that cannot be built. */
export async function readTextTokenizer(
  folder: Pick<ModelFolder, "tokenizerPath" | "tokenizerConfig" | "lowercase">,
): Promise<TextTokenizer> {
  const definition = completeDefinition(await readRequiredJson(folder.tokenizerPath), folder.lowercase);
  const tokenizer = buildTokenizer(definition, folder);
  const encode = (text: string): readonly number[] => encodeWith(tokenizer, text, false);
  try {
    const { prefix, suffix } = findSpecialTokens(tokenizer);
    let highest = -1;
    for (const id of tokenizer.get_vocab().values()) highest = Math.max(highest, id);
    return {
      prefix,
      suffix,
      pair: findPairTokens(tokenizer),
      vocabularySize: highest + 1,
      encodeNamed(text) {
        const { ids, tokens } = tokenizer.encode(text, { add_special_tokens: false });
        return { ids, names: tokens };
      },
      nameOf: (id) => tokenizer.id_to_token(id),
      decode: (ids, special) => tokenizer.decode([...ids], { skip_special_tokens: !special }),
      encode: createEnoughEncoder(definition, encode),
    };
  } catch (error) {
    throw invalidFile(folder.tokenizerPath, `cannot be used as a tokenizer (${describe(error)})`, error);
  }
}

function buildTokenizer(
  definition: JsonObject,
  { tokenizerPath, tokenizerConfig }: Pick<ModelFolder, "tokenizerPath" | "tokenizerConfig">,
): Tokenizer {
  try {
    const tokenizer = new Tokenizer(definition, tokenizerConfig);
    const { model } = tokenizer;
    if (model !== null && isWordPiece(model)) model.encode = createWordPieceEncoder(model);
    return tokenizer;
  } catch (error) {
    throw invalidFile(tokenizerPath, `cannot be read as a tokenizer (${describe(error)})`, error);
  }
}

function isWordPiece<Model extends object>(model: Model): model is Model & WordPieceModel {
  return "max_input_chars_per_word" in model;
}

/** Fills in the parts that a tokenizer.json may leave out, and the lower case that other files may ask for. */
function completeDefinition(tokenizer: JsonObject, lowercase: boolean): JsonObject {
  const parts = {
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    added_tokens: [],
  };
  const complete: JsonObject = { ...parts, ...tokenizer };
  if (!lowercase) return complete;
  const normalizers = [{ type: "Lowercase" }, complete["normalizer"]].filter((step) => step !== null);
  return { ...complete, normalizer: { type: "Sequence", normalizers } };
}

function encodeWith(tokenizer: Tokenizer, text: string, special: boolean): readonly number[] {
  let ids: readonly number[];
  try {
    ({ ids } = tokenizer.encode(text, { add_special_tokens: special }));
  } catch (error) {
    throw new WeirError(
      "ENGINE_FAILED",
      `the tokenizer failed on a text of ${text.length} characters (${describe(error)})`,
      { cause: error },
    );
  }
  const unknown = ids.findIndex((id) => !Number.isInteger(id));
  if (unknown === -1) return ids;
  throw new WeirError(
    "ENGINE_FAILED",
    `the tokenizer has no id for a part of the text (token ${unknown} of ${ids.length}), and none for unknown parts`,
  );
}

/** Which special tokens go before and after, found by comparing a text with and without them. */
function findSpecialTokens(tokenizer: Tokenizer): Pick<TextTokenizer, "prefix" | "suffix"> {
  const bare = encodeWith(tokenizer, "a", false);
  const full = encodeWith(tokenizer, "a", true);
  for (let start = 0; start + bare.length <= full.length; start++) {
    if (bare.every((id, at) => full[start + at] === id)) {
      return { prefix: full.slice(0, start), suffix: full.slice(start + bare.length) };
    }
  }
  throw new Error("its post-processor changes the tokens of a text, expected it to add some at the ends");
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
