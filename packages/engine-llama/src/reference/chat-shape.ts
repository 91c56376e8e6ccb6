import type { GgufTensor } from "../gguf/gguf-values.ts";

/** Kinds of networks that Weir can write; all are a Llama but for details. */
export type ChatArchitecture = "llama" | "qwen2" | "gemma";

/** The numbers that decide what a chat model costs. */
export interface ChatShape {
  readonly architecture: ChatArchitecture;
  readonly layers: number;
  /** Numbers per token. A multiple of 32, as are `inner` and heads times `headWidth`. */
  readonly width: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headWidth: number;
  readonly inner: number;
  readonly vocabularySize: number;
  /** Longest conversation in tokens. */
  readonly contextTokens: number;
}

/** Base of the rotary positions. */
export const ropeBase = 100_000;

/** All tensors of a model in the order of the file; the embeddings are the output layer too. */
export function listTensors(shape: ChatShape): readonly GgufTensor[] {
  const { width, inner } = shape;
  const queryWidth = shape.heads * shape.headWidth;
  const keyWidth = shape.kvHeads * shape.headWidth;
  const matrix = (name: string, from: number, to: number): GgufTensor => ({
    name,
    type: "q8_0",
    dims: [from, to],
  });
  const vector = (name: string, length: number): GgufTensor => ({ name, type: "f32", dims: [length] });
  const layers = Array.from({ length: shape.layers }, (_, layer) => {
    const name = (part: string): string => `blk.${layer}.${part}`;
    const biases = [
      vector(name("attn_q.bias"), queryWidth),
      vector(name("attn_k.bias"), keyWidth),
      vector(name("attn_v.bias"), keyWidth),
    ];
    return [
      vector(name("attn_norm.weight"), width),
      matrix(name("attn_q.weight"), width, queryWidth),
      matrix(name("attn_k.weight"), width, keyWidth),
      matrix(name("attn_v.weight"), width, keyWidth),
      ...(shape.architecture === "qwen2" ? biases : []),
      matrix(name("attn_output.weight"), queryWidth, width),
      vector(name("ffn_norm.weight"), width),
      matrix(name("ffn_gate.weight"), width, inner),
      matrix(name("ffn_up.weight"), width, inner),
      matrix(name("ffn_down.weight"), inner, width),
    ];
  });
  return [
    matrix("token_embd.weight", width, shape.vocabularySize),
    ...layers.flat(),
    vector("output_norm.weight", width),
  ];
}
