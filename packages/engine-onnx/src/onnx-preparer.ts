import { prepareTokens, resolvePrompt, type EmbeddingModelSpec, type EmbeddingPreparer } from "@weir/engine";
import { readModelPath } from "./folder/model-spec.ts";
import { readModelFolder } from "./folder/read-model-folder.ts";
import { decodeIds, tokenizePieces } from "./tokenizer/token-pieces.ts";
import { readTextTokenizer } from "./tokenizer/text-tokenizer.ts";

/** Reads the model's tokenizer. Throws MODEL_INVALID naming the file that is missing or damaged. */
export async function createEmbeddingPreparer(spec: EmbeddingModelSpec): Promise<EmbeddingPreparer> {
  const folder = await readModelFolder(readModelPath(spec));
  const tokenizer = await readTextTokenizer(folder);
  return {
    tokenize: (text, { special, promptName }) =>
      tokenizePieces(tokenizer, resolvePrompt(folder.prompts, promptName, { kind: "texts" }) + text, special),
    decode: (ids, special) => decodeIds(tokenizer, ids, special),
    prepare: (inputs, { truncate, promptName, from }) =>
      prepareTokens(inputs, {
        truncate,
        from,
        prompt: {
          text: resolvePrompt(folder.prompts, promptName, inputs),
          pooled: folder.includePrompt,
        },
        maxTokens: folder.maxTokens,
        vocabularySize: folder.vocabularySize ?? tokenizer.vocabularySize,
        prefix: tokenizer.prefix,
        suffix: tokenizer.suffix,
        pair: tokenizer.pair,
        encode: (text, enough) => tokenizer.encode(text, enough),
      }),
  };
}
