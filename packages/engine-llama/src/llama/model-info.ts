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

/** Names of general.file_type (ggml's llama_ftype). */
const fileTypes: Readonly<Record<number, string>> = {
  0: "F32",
  1: "F16",
  2: "Q4_0",
  3: "Q4_1",
  7: "Q8_0",
  8: "Q5_0",
  9: "Q5_1",
  10: "Q2_K",
  11: "Q3_K_S",
  12: "Q3_K_M",
  13: "Q3_K_L",
  14: "Q4_K_S",
  15: "Q4_K_M",
  16: "Q5_K_S",
  17: "Q5_K_M",
  18: "Q6_K",
  19: "IQ2_XXS",
  20: "IQ2_XS",
  21: "Q2_K_S",
  22: "IQ3_XS",
  23: "IQ3_XXS",
  24: "IQ1_S",
  25: "IQ4_NL",
  26: "IQ3_S",
  27: "IQ3_M",
  28: "IQ2_S",
  29: "IQ2_M",
  30: "IQ4_XS",
  31: "IQ1_M",
  32: "BF16",
  36: "TQ1_0",
  37: "TQ2_0",
  38: "MXFP4",
  39: "NVFP4",
};

/** Number format of the weights, e.g. `Q8_0`; `unknown` where the file does not say. */
export function describePrecision(facts: GgufFacts): string {
  const type = readNumberFact(facts, "general.file_type");
  return (type === undefined ? undefined : fileTypes[type]) ?? "unknown";
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
