import { WeirError, type ModelInputs } from "@weir/protocol";

/** The texts that a model wants before those that it embeds, by name: "query" -> "search_query: ". */
export interface ModelPrompts {
  readonly texts: ReadonlyMap<string, string>;
  /** The one that is used where a request names none. */
  readonly defaultName: string | undefined;
}

/**
 * The text to put before each input; the empty one where there is none. Throws INVALID_REQUEST (field `prompt_name`) for
 * a name that the model does not have, and where a prompt is asked for before inputs that are token ids already.
 */
export function resolvePrompt(
  { texts, defaultName }: ModelPrompts,
  name: string | undefined,
  inputs: Pick<ModelInputs, "kind">,
): string {
  const wanted = name ?? defaultName ?? "";
  if (wanted === "") return "";
  if (inputs.kind !== "texts") {
    if (name === undefined) return "";
    const what = inputs.kind === "tokens" ? "inputs that are token ids" : "texts that are scored";
    throw refuse(`prompt ${JSON.stringify(name)} cannot go before ${what}. Send texts to embed.`);
  }
  const text = texts.get(wanted);
  if (text !== undefined) return text;
  const known = texts.size === 0 ? "this model has none" : `its prompts are ${[...texts.keys()].join(", ")}`;
  throw refuse(
    `the model has no prompt ${JSON.stringify(wanted)}; ${known}. Correct prompt_name or leave it out.`,
  );
}

function refuse(message: string): WeirError {
  return new WeirError("INVALID_REQUEST", message, { field: "prompt_name" });
}
