/** The first four bytes of a GGUF file. */
export const ggufMagic = "GGUF";

/** What Weir writes; 2 differs in nothing that it reads. */
export const ggufVersion = 3;

/** Tensors begin at multiples of it unless `general.alignment` says otherwise. */
export const defaultAlignment = 32;

/** Types of metadata values, by their number in the file (ggml's `docs/gguf.md`). */
export const valueTypes = [
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "float32",
  "bool",
  "string",
  "array",
  "uint64",
  "int64",
  "float64",
] as const;

/** Values as Weir writes them. */
export type GgufValue =
  | { readonly type: "uint32" | "int32" | "float32"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "int32s"; readonly value: readonly number[] };

/** Number formats of tensors: the block's length in numbers and in bytes. */
export const tensorTypes = {
  f32: { id: 0, blockLength: 1, blockBytes: 4 },
  q8_0: { id: 8, blockLength: 32, blockBytes: 34 },
} as const;

export interface GgufTensor {
  readonly name: string;
  readonly type: keyof typeof tensorTypes;
  /** The first is the row's length: the numbers that lie beside each other. */
  readonly dims: readonly number[];
}

export function countNumbers({ dims }: Pick<GgufTensor, "dims">): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

export function countBytes(tensor: GgufTensor): number {
  const { blockLength, blockBytes } = tensorTypes[tensor.type];
  return (countNumbers(tensor) / blockLength) * blockBytes;
}

export function alignOffset(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
