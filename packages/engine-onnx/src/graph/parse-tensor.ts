import { open } from "node:fs/promises";
import { join } from "node:path";
import { invalidFile } from "../folder/read-json.ts";
import { decodeNumbers, decodeText, readFields } from "../reference/onnx/protobuf-fields.ts";

/** A constant of a graph; its values stay where they are until they are read. */
export interface GraphTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** TensorProto.DataType. */
  readonly type: number;
  readonly place: TensorPlace;
  /** The tensor as a field of its graph, as it stands in the file. */
  readonly whole: Uint8Array;
}

type TensorPlace =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | {
      readonly kind: "external";
      /** Relative to `folder`. */
      readonly location: string;
      readonly folder: string;
      readonly offset: number;
      readonly length: number;
    };

/** TensorProto.DataType of ONNX 1.16. */
export const float32Type = 1;

/** TensorProto.DataLocation: the numbers are in another file. */
export const externalLocation = 1;

/** TensorProto: 1 dims, 2 type, 4 float_data, 8 name, 9 raw_data, 13 external_data, 14 data_location (1 external). */
export function parseTensor(message: Uint8Array, whole: Uint8Array, folder: string): GraphTensor {
  const dims: number[] = [];
  const external = new Map<string, string>();
  const found = { name: "", type: 0 };
  let isExternal = false;
  let bytes = new Uint8Array(0);
  for (const field of readFields(message)) {
    if (field.number === 1) dims.push(...decodeNumbers(field));
    else if (field.number === 2) found.type = field.value;
    else if (field.number === 4 || field.number === 9) bytes = field.bytes as Uint8Array<ArrayBuffer>;
    else if (field.number === 8) found.name = decodeText(field.bytes);
    else if (field.number === 13) {
      const texts: string[] = [];
      for (const text of readFields(field.bytes)) texts[text.number - 1] = decodeText(text.bytes);
      external.set(texts[0] ?? "", texts[1] ?? "");
    } else if (field.number === 14) isExternal = field.value === externalLocation;
  }
  const location = isExternal ? external.get("location") : undefined;
  const place: TensorPlace =
    location === undefined
      ? { kind: "inline", bytes }
      : { kind: "external", location, folder, ...readExtent(external) };
  return { ...found, dims, place, whole };
}

export function countElements({ dims }: Pick<GraphTensor, "dims">): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

function readExtent(external: ReadonlyMap<string, string>): { offset: number; length: number } {
  return { offset: Number(external.get("offset") ?? 0), length: Number(external.get("length") ?? 0) };
}

/** The values of a float32 tensor, copied. Throws MODEL_INVALID where the file has fewer than its shape says. */
export async function readFloats(tensor: GraphTensor, path: string): Promise<Float32Array<ArrayBuffer>> {
  return new Float32Array((await readBytes(tensor, 4 * countElements(tensor), path)).buffer);
}

/** A tensor's numbers as they stand in the file, copied. Throws MODEL_INVALID where there are not so many bytes. */
export async function readBytes(
  { name, place }: GraphTensor,
  length: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let found: number;
  if (place.kind === "inline") {
    found = place.bytes.length;
    if (found === length) bytes.set(place.bytes);
  } else {
    found = await readAt(join(place.folder, place.location), place.offset, bytes);
  }
  if (found !== length) throw invalidFile(path, `${name} has ${found} bytes, its shape needs ${length}`);
  return bytes;
}

async function readAt(path: string, offset: number, bytes: Uint8Array): Promise<number> {
  const file = await open(path).catch((error: unknown) => {
    throw invalidFile(path, `cannot be read (${(error as Error).message})`, error);
  });
  try {
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await file.read(bytes, at, Math.min(bytes.length - at, 2 ** 30), offset + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return at;
  } finally {
    await file.close();
  }
}
