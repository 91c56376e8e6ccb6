import { WeirError } from "@weir/protocol";

const kindNames: Readonly<Record<string, string>> = {
  embed: "an embedding model",
  rank: "a re-ranker or classifier",
  chat: "a chat model",
};

/** A kind of model in words. */
export function describeKind(kind: string): string {
  return kindNames[kind] ?? `a model for ${kind}`;
}

/** Where a model was swapped for one of another kind while a request waited for it. */
export function toWrongKindError(name: string, is: string, wanted: string): WeirError {
  const message = `model "${name}" is ${describeKind(is)}, not ${describeKind(wanted)}`;
  return new WeirError("MODEL_WRONG_KIND", message, { field: "model" });
}
