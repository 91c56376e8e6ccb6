import type { KvType } from "@weir/engine";

/** What a .gguf file says of itself: its metadata by their keys, parted at the points. */
export type GgufFacts = Readonly<Record<string, unknown>>;

/** The value of a key such as `general.name`. Undefined where the file has none. */
export function readFact(facts: GgufFacts, key: string): unknown {
  let value: unknown = facts;
  for (const part of key.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

export function readTextFact(facts: GgufFacts, key: string): string | undefined {
  const value = readFact(facts, key);
  return typeof value === "string" ? value : undefined;
}

export function readNumberFact(facts: GgufFacts, key: string): number | undefined {
  const value = readFact(facts, key);
  return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : undefined;
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
  const heads = readFact(facts, `${architecture}.attention.head_count`);
  const kvHeads = readFact(facts, `${architecture}.attention.head_count_kv`) ?? heads;
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
