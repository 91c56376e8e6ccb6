import { referenceWeightsPhrase } from "@weir/engine";
import type { GgufValue } from "../gguf/gguf-values.ts";
import { ropeBase, type ChatShape } from "./chat-shape.ts";
import type { ChatTokenizer } from "./tokenizer/create-tokenizer.ts";
import { getSpecialToken, specialTokens } from "./tokenizer/special-tokens.ts";

/** Key of the metadata that says that weights are from a seed. */
export const referenceKey = "weir.reference";

/** llama.cpp's numbers: `LLAMA_FTYPE_MOSTLY_Q8_0`, and types of tokens. */
const fileTypeQ80 = 7;
const tokenTypes = { normal: 1, control: 3, tag: 4 } as const;

export interface ChatMetadata {
  readonly name: string;
  readonly template: string | undefined;
  /** The end of a turn. @default "<|im_end|>" */
  readonly eos?: string;
}

export function makeMetadata(
  shape: ChatShape,
  { tokens, merges }: ChatTokenizer,
  { name, template, eos = "<|im_end|>" }: ChatMetadata,
): Readonly<Record<string, GgufValue>> {
  const { architecture } = shape;
  const types = tokens.map((_, id) => tokenTypes[specialTokens[id]?.kind ?? "normal"]);
  return {
    "general.architecture": text(architecture),
    "general.name": text(name),
    "general.description": text(referenceWeightsPhrase),
    "general.file_type": whole(fileTypeQ80),
    "general.quantization_version": whole(2),
    [referenceKey]: { type: "bool", value: true },
    [`${architecture}.vocab_size`]: whole(shape.vocabularySize),
    [`${architecture}.context_length`]: whole(shape.contextTokens),
    [`${architecture}.embedding_length`]: whole(shape.width),
    [`${architecture}.block_count`]: whole(shape.layers),
    [`${architecture}.feed_forward_length`]: whole(shape.inner),
    [`${architecture}.attention.head_count`]: whole(shape.heads),
    [`${architecture}.attention.head_count_kv`]: whole(shape.kvHeads),
    [`${architecture}.attention.key_length`]: whole(shape.headWidth),
    [`${architecture}.attention.value_length`]: whole(shape.headWidth),
    [`${architecture}.attention.layer_norm_rms_epsilon`]: { type: "float32", value: 1e-5 },
    [`${architecture}.rope.dimension_count`]: whole(shape.headWidth),
    [`${architecture}.rope.freq_base`]: { type: "float32", value: ropeBase },
    "tokenizer.ggml.model": text("gpt2"),
    // Cuts text into words as Qwen 2 does. Of the ways that llama.cpp knows, one of the few that give back every space.
    "tokenizer.ggml.pre": text("qwen2"),
    "tokenizer.ggml.tokens": { type: "strings", value: tokens },
    "tokenizer.ggml.token_type": { type: "int32s", value: types },
    "tokenizer.ggml.merges": { type: "strings", value: merges },
    "tokenizer.ggml.bos_token_id": whole(getSpecialToken("<|im_start|>")),
    "tokenizer.ggml.eos_token_id": whole(getSpecialToken(eos)),
    "tokenizer.ggml.padding_token_id": whole(getSpecialToken("<|endoftext|>")),
    "tokenizer.ggml.add_bos_token": { type: "bool", value: false },
    "tokenizer.ggml.add_eos_token": { type: "bool", value: false },
    "tokenizer.ggml.add_space_prefix": { type: "bool", value: false },
    ...(template === undefined ? {} : { "tokenizer.chat_template": text(template) }),
  };
}

function text(value: string): GgufValue {
  return { type: "string", value };
}

function whole(value: number): GgufValue {
  return { type: "uint32", value };
}
