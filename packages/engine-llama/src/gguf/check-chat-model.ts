import { WeirError } from "@weir/protocol";
import { describeFileType } from "./describe-file-type.ts";
import { readGgufHead, type GgufHead } from "./read-gguf-head.ts";
import { referenceKey } from "../reference/chat-metadata.ts";

/** What can be known of a chat model without loading it. */
export interface ChatModelFile {
  /** The kind of network, e.g. `llama`. */
  readonly architecture: string;
  /** As the file names itself. */
  readonly name: string | undefined;
  /** Jinja. Undefined where the file has none. */
  readonly template: string | undefined;
  /** Longest conversation that it was trained for. */
  readonly contextTokens: number | undefined;
  readonly vocabularySize: number | undefined;
  /** Number format of the weights, e.g. `Q8_0`. */
  readonly precision: string;
  readonly parameters: number;
  /** Of the file. */
  readonly bytes: number;
  /** Whether Weir made it, with weights from a seed. */
  readonly reference: boolean;
}

/**
 * Finds what is wrong with a chat model's file as far as that shows without loading it, by its head: in milliseconds, without
 * llama.cpp. Throws MODEL_INVALID for what is no GGUF file, was cut short, or holds no language model.
 */
export async function checkChatModel(path: string): Promise<ChatModelFile> {
  return toChatModelFile(path, await readGgufHead(path));
}

/** The same of a head that was read. `path` is for messages. */
export function toChatModelFile(path: string, head: GgufHead): ChatModelFile {
  const architecture = readText(head, "general.architecture");
  const invalid = (expected: string, got: string): WeirError =>
    new WeirError("MODEL_INVALID", `${path}: expected ${expected}, got ${got}`);
  if (architecture === undefined) throw invalid("a GGUF model", "a GGUF file that names no architecture");
  const vocabularySize = head.lengths["tokenizer.ggml.tokens"];
  if (vocabularySize === undefined) {
    throw invalid("a language model", `a GGUF file of kind ${architecture} without a tokenizer`);
  }
  if (head.leastBytes !== undefined && head.bytes < head.leastBytes) {
    const got = `${head.bytes} of ${head.leastBytes} bytes: the file was cut short, download or copy it again`;
    throw invalid("a whole GGUF file", got);
  }
  return {
    architecture,
    name: readText(head, "general.name"),
    template: readText(head, "tokenizer.chat_template"),
    contextTokens: readNumber(head, `${architecture}.context_length`),
    vocabularySize,
    precision: describeFileType(readNumber(head, "general.file_type")),
    parameters: head.parameters,
    bytes: head.bytes,
    reference: head.metadata[referenceKey] === true,
  };
}

function readText({ metadata }: GgufHead, key: string): string | undefined {
  const value = metadata[key];
  return typeof value === "string" ? value : undefined;
}

function readNumber({ metadata }: GgufHead, key: string): number | undefined {
  const value = metadata[key];
  return typeof value === "number" ? value : undefined;
}
