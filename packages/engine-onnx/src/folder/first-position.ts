import type { JsonObject } from "./read-json.ts";

/**
 * Families whose positions begin after the padding token's id, which is the position of padding
 * (transformers, create_position_ids_from_input_ids).
 */
const offsetFamilies: ReadonlySet<unknown> = new Set([
  "camembert",
  "data2vec-text",
  "ibert",
  "longformer",
  "mpnet",
  "roberta",
  "roberta-prelayernorm",
  "xlm-roberta",
  "xlm-roberta-xl",
  "xmod",
]);

/** The position of a row's first token. Most exports compute positions themselves; it counts for those that ask. */
export function findFirstPosition(config: JsonObject, paddingToken: number): number {
  return offsetFamilies.has(config["model_type"]) ? paddingToken + 1 : 0;
}
