import { invalidFile, isObject, readWholeNumber, type JsonObject } from "./read-json.ts";

/** What transformers assumes where config.json does not say. */
const defaultLabels = 2;

/**
 * Names of the scores of a cross-encoder or classifier, told by its architecture in config.json
 * (`...ForSequenceClassification`): `id2label`, or `LABEL_0` and so on as transformers names them. Undefined for other
 * models. Throws MODEL_INVALID.
 */
export function readLabels(config: JsonObject, path: string): readonly string[] | undefined {
  const { architectures, id2label } = config;
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  if (typeof first !== "string" || !first.endsWith("ForSequenceClassification")) return undefined;
  if (id2label === undefined || id2label === null) {
    const count = readWholeNumber(config, "num_labels", path, 1) ?? defaultLabels;
    return Array.from({ length: count }, (_, id) => `LABEL_${id}`);
  }
  const names = isObject(id2label) ? id2label : {};
  const count = Object.keys(names).length;
  return Array.from({ length: Math.max(1, count) }, (_, id) => {
    const name = names[String(id)];
    if (typeof name === "string") return name;
    throw invalidFile(path, `id2label must give each number from 0 a name, got ${JSON.stringify(id2label)}`);
  });
}
