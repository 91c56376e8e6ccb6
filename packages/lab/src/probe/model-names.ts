import { describeAnswer, readJsonObject, type ProbeAnswer } from "./probe-target.ts";

/** The names in a list of models; undefined where the answer has none. */
export function readNames(answer: ProbeAnswer, list: string, key: string): readonly string[] | undefined {
  const entries = readJsonObject(answer)?.[list];
  if (!Array.isArray(entries)) return undefined;
  return entries
    .map((entry: unknown) => (entry as Record<string, unknown> | null)?.[key])
    .filter((name) => typeof name === "string");
}

/** What came of asking for a list of models, in words. */
export function describeNames(answer: ProbeAnswer, names: readonly string[] | undefined): string {
  if (names === undefined) return describeAnswer(answer);
  if (names.length === 0) return "lists no models";
  const shown = names.slice(0, 5).join(", ");
  return `lists ${names.length} model${names.length === 1 ? "" : "s"}: ${shown}${names.length > 5 ? ", ..." : ""}`;
}

/** The names of embedding models mostly show what they are. */
export function isEmbeddingModel(name: string): boolean {
  return /embed|bert|minilm|mpnet|bge|gte|\be5\b/i.test(name);
}
