import type { ModelRequest } from "../canonical/scoring.ts";
import { WeirError } from "../canonical/weir-error.ts";
import { readBody, readBoolean, readString, unexpected } from "../fields/read-fields.ts";
import { readInputs } from "../fields/read-inputs.ts";

/** Characters of one request: the thread that tokenises serves its process' link as well. */
const mostCharacters = 262_144;

const nothingElse = {
  model: undefined,
  normalize: false,
  pooling: undefined,
  dimensions: undefined,
  truncate: true,
};

/** POST /tokenize. Throws INVALID_REQUEST or EMPTY_INPUT with the field's name, INPUT_TOO_LONG. */
export function parseTeiTokenizeRequest(body: unknown): ModelRequest {
  const fields = readBody(body);
  const inputs = readInputs(fields, "inputs", { single: true, tokens: false, emptyText: true });
  if (inputs.kind === "texts")
    assertShort(
      inputs.texts.reduce((sum, text) => sum + text.length, 0),
      "inputs",
    );
  const special = readBoolean(fields, "add_special_tokens", true);
  const promptName = readString(fields, "prompt_name");
  return { ...nothingElse, inputs, promptName, tokenWork: { kind: "tokenize", special } };
}

/** POST /decode: a list of token ids, or a list of such lists. Throws as {@link parseTeiTokenizeRequest}. */
export function parseTeiDecodeRequest(body: unknown): ModelRequest {
  const fields = readBody(body);
  const inputs = readInputs(fields, "ids", { single: true, tokens: true, emptyText: true });
  if (inputs.kind === "texts") {
    throw unexpected(
      "ids",
      "token ids, or lists of them",
      inputs.texts[0],
      "Send what POST /tokenize gives as id.",
    );
  }
  assertShort(
    inputs.tokens.reduce((sum, ids) => sum + ids.length, 0),
    "ids",
  );
  const special = !readBoolean(fields, "skip_special_tokens", true);
  return { ...nothingElse, inputs, tokenWork: { kind: "decode", special } };
}

function assertShort(length: number, field: string): void {
  if (length <= mostCharacters) return;
  const message = `${field}: expected at most ${mostCharacters} characters or ids in one request, got ${length}. Split the list.`;
  throw new WeirError("INPUT_TOO_LONG", message, { field });
}
