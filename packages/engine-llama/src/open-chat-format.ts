import { readFile } from "node:fs/promises";
import type { ChatModelSpec } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { readTextFact, type GgufFacts } from "./llama/gguf-facts.ts";
import type { Vocabulary } from "./llama/vocabulary.ts";
import { createChatFormat, type ChatFormat } from "./template/chat-format.ts";

/** The format of a model, from its file or from what the operator says instead. Throws USAGE where neither tells. */
export async function openChatFormat(
  spec: ChatModelSpec,
  facts: GgufFacts,
  vocabulary: Vocabulary,
): Promise<ChatFormat> {
  const { bosText, eosText, controlTexts } = vocabulary;
  return createChatFormat({
    template: readTextFact(facts, "tokenizer.chat_template"),
    architecture: readTextFact(facts, "general.architecture") ?? "",
    bosToken: bosText,
    eosToken: eosText,
    controlTexts,
    override: spec.chatTemplate === undefined ? undefined : await readOverride(spec.chatTemplate),
  });
}

/** A family's name, or what is in the Jinja file of that path. */
async function readOverride(given: string): Promise<string> {
  if (/^[a-z]+$/.test(given)) return given;
  try {
    return await readFile(given, "utf8");
  } catch (error) {
    throw new WeirError(
      "USAGE",
      `--chat-template: expected a family's name or the path of a Jinja file, but ${given} cannot be read.`,
      {
        field: "--chat-template",
        cause: error,
      },
    );
  }
}
