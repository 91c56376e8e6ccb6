import { join } from "node:path";
import type { ModelPrompts } from "@weir/engine";
import { describeKind, invalidFile, isObject, readJsonObject, type JsonObject } from "./read-json.ts";

/** The prompts of config_sentence_transformers.json; none where there is no such file. Throws MODEL_INVALID. */
export async function readPrompts(folder: string): Promise<ModelPrompts> {
  const path = join(folder, "config_sentence_transformers.json");
  const config = (await readJsonObject(path)) ?? {};
  const listed = config["prompts"] ?? {};
  if (!isObject(listed)) throw invalidFile(path, `prompts must be an object, got ${describeKind(listed)}`);
  const texts = new Map<string, string>();
  for (const [name, text] of Object.entries(listed)) {
    if (typeof text !== "string") {
      throw invalidFile(path, `prompt ${JSON.stringify(name)} must be a text, got ${describeKind(text)}`);
    }
    texts.set(name, text);
  }
  const defaultName = config["default_prompt_name"] ?? undefined;
  if (defaultName === undefined) return { texts, defaultName: undefined };
  if (typeof defaultName === "string" && texts.has(defaultName)) return { texts, defaultName };
  throw invalidFile(
    path,
    `default_prompt_name must be one of its prompts (${[...texts.keys()].join(", ") || "it has none"}), ` +
      `got ${JSON.stringify(defaultName)}`,
  );
}

/** The names under which config.json lists the lengths that a model's vectors may be cut to. */
const matryoshkaKeys = ["matryoshka_dimensions", "matryoshka_dims"];

/** Throws MODEL_INVALID where the list is none of whole numbers. */
export function readMatryoshka(config: JsonObject, path: string): readonly number[] | undefined {
  for (const key of matryoshkaKeys) {
    const listed = config[key];
    if (listed === undefined || listed === null) continue;
    const isList = Array.isArray(listed) && listed.length > 0;
    if (isList && listed.every((length) => Number.isInteger(length) && (length as number) > 0)) {
      return (listed as number[]).toSorted((a, b) => a - b);
    }
    throw invalidFile(path, `${key} must be a list of whole numbers above 0, got ${JSON.stringify(listed)}`);
  }
  return undefined;
}
