import type { EmbeddingPreparer } from "@weir/engine";
import { WeirError, type ModelInputs, type ModelRequest, type TokenWork } from "@weir/protocol";

/** What the tokenizer alone gives: a list of tokens for each text, or a text for each list of ids. */
export function doTokenWork(
  preparer: EmbeddingPreparer,
  { kind, special, promptName }: TokenWork & Pick<ModelRequest, "promptName">,
  inputs: ModelInputs,
): Uint8Array {
  if (kind === "tokenize" && inputs.kind === "texts") {
    return toBytes(inputs.texts.map((text) => preparer.tokenize(text, { special, promptName })));
  }
  if (kind === "decode" && inputs.kind === "tokens") {
    return toBytes(inputs.tokens.map((ids) => preparer.decode(ids, special)));
  }
  throw new WeirError("INTERNAL", `${inputs.kind} came to ${kind}`);
}

function toBytes(value: unknown): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(value)));
}
