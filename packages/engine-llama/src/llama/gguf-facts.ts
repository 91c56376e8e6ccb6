import type { KvType } from "@weir/engine";
import type { GgufHead } from "../gguf/read-gguf-head.ts";

/** What a .gguf file says of itself, by its keys, such as `general.name`. */
export type GgufFacts = Readonly<Record<string, string | number | boolean | readonly number[]>>;

/** Its long lists are left out. */
export function toFacts({ metadata, lists }: Pick<GgufHead, "metadata" | "lists">): GgufFacts {
  return { ...metadata, ...lists };
}

export function readTextFact(facts: GgufFacts, key: string): string | undefined {
  const value = facts[key];
  return typeof value === "string" ? value : undefined;
}

export function readNumberFact(facts: GgufFacts, key: string): number | undefined {
  const value = facts[key];
  return typeof value === "number" ? value : undefined;
}

/** Bytes of one number, of ggml's blocks with their scales. */
const kvNumberBytes: Readonly<Record<KvType, number>> = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 };

/**
 * Bytes that the KV cache takes for one token: keys and values of each layer's key-value heads. Layers that keep a state of
 * fixed size instead have none of them.
 */
export function kvTokenBytes(facts: GgufFacts, kvType: KvType): number {
  const architecture = readTextFact(facts, "general.architecture") ?? "";
  const number = (key: string): number | undefined => readNumberFact(facts, `${architecture}.${key}`);
  const layers = number("block_count") ?? 0;
  const heads = facts[`${architecture}.attention.head_count`];
  const kvHeads = facts[`${architecture}.attention.head_count_kv`] ?? heads;
  const width = number("embedding_length") ?? 0;
  let numbers = 0;
  for (let layer = 0; layer < layers; layer += 1) {
    const ownHeads = ofLayer(heads, layer);
    const headSize = ownHeads === 0 ? 0 : Math.floor(width / ownHeads);
    const keySize = number("attention.key_length") ?? headSize;
    const valueSize = number("attention.value_length") ?? headSize;
    numbers += ofLayer(kvHeads, layer) * (keySize + valueSize);
  }
  return numbers * kvNumberBytes[kvType];
}

function ofLayer(value: unknown, layer: number): number {
  const own: unknown = Array.isArray(value) ? value[layer] : value;
  return typeof own === "number" ? own : 0;
}
