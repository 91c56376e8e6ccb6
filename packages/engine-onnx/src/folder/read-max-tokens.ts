import { join } from "node:path";
import { invalidFile, isObject, readJsonObject, readWholeNumber, type JsonObject } from "./read-json.ts";

/** In the order in which sentence-transformers looks for them. */
const transformerSettings = [
  "sentence_bert_config.json",
  "sentence_roberta_config.json",
  "sentence_distilbert_config.json",
  "sentence_camembert_config.json",
  "sentence_albert_config.json",
  "sentence_xlm-roberta_config.json",
  "sentence_xlnet_config.json",
];

export interface TransformerSettings {
  readonly path: string;
  readonly values: JsonObject;
}

/** The transformer's own settings; undefined where none of the names exists or what exists is empty. */
export async function readTransformerSettings(folder: string): Promise<TransformerSettings | undefined> {
  for (const name of transformerSettings) {
    const path = join(folder, name);
    const values = await readJsonObject(path);
    if (values !== undefined && Object.keys(values).length > 0) return { path, values };
  }
  return undefined;
}

export interface MaxTokensSources {
  readonly folder: string;
  readonly settings: TransformerSettings | undefined;
  readonly tokenizerConfig: JsonObject;
  readonly config: JsonObject;
  /** The position of a row's first token: those before it are no token's. @default 0 */
  readonly firstPosition?: number;
}

/**
 * The longest input in tokens. Where files disagree it is as in sentence-transformers 6.2 (base/modules/transformer.py):
 * the transformer's settings win, `model_max_length` of its tokenizer arguments before `max_seq_length`; else it is the
 * smaller of the tokenizer's `model_max_length` and the model's `max_position_embeddings`. The truncation that
 * tokenizer.json may ask for never counts. Models whose positions begin later take that many tokens less than they have
 * positions, whatever is said elsewhere: one more has no place in their table.
 *
 * Throws MODEL_INVALID where no file says anything.
 */
export function resolveMaxTokens(sources: MaxTokensSources): number {
  const { folder, settings, tokenizerConfig, config, firstPosition = 0 } = sources;
  const all = readPositions(config, folder);
  const positions = all === undefined ? undefined : Math.max(1, all - firstPosition);
  if (settings !== undefined) {
    const given = readSettingsLength(settings);
    if (given !== undefined) {
      return firstPosition === 0 || positions === undefined ? given : Math.min(given, positions);
    }
  }
  const limits = [readTokenizerLength(tokenizerConfig, folder), positions];
  const known = limits.filter((limit) => limit !== undefined);
  if (known.length > 0) return Math.min(...known);
  throw invalidFile(
    folder,
    "no file says how many tokens the model takes. Add max_seq_length to sentence_bert_config.json, " +
      "or model_max_length to tokenizer_config.json.",
  );
}

function readSettingsLength({ path, values }: TransformerSettings): number | undefined {
  for (const key of ["processor_kwargs", "tokenizer_args"]) {
    const nested = values[key];
    if (isObject(nested)) {
      const length = readWholeNumber(nested, "model_max_length", path, 1);
      if (length !== undefined) return length;
    }
  }
  return readWholeNumber(values, "max_seq_length", path, 1);
}

/** transformers writes 1e30 for "no limit". */
function readTokenizerLength(tokenizerConfig: JsonObject, folder: string): number | undefined {
  const path = join(folder, "tokenizer_config.json");
  const value = tokenizerConfig["model_max_length"];
  if (typeof value === "number" && value > Number.MAX_SAFE_INTEGER) return undefined;
  return readWholeNumber(tokenizerConfig, "model_max_length", path, 1);
}

/** -1 is how some models write "no limit". */
function readPositions(config: JsonObject, folder: string): number | undefined {
  if (config["max_position_embeddings"] === -1) return undefined;
  return readWholeNumber(config, "max_position_embeddings", join(folder, "config.json"), 1);
}
