import {
  encodeHeader,
  encodeMessage,
  encodeNumber,
  encodeText,
  joinBytes,
} from "../reference/onnx/protobuf.ts";
import { encodeNode, type OnnxNode } from "../reference/onnx/onnx-model.ts";

/** A constant to be written: its numbers little-endian and row-major. */
export interface NewTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** TensorProto.DataType. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

const elementTypes = { uint8: 2, int8: 3 };

/** Collects the operators of a new graph in order, those kept among them, and its new constants. */
export class GraphEditor {
  /** Fields of the graph, each with its number in front. */
  readonly nodes: Uint8Array[] = [];
  readonly tensors: NewTensor[] = [];
  readonly #names = new Set<string>();

  /** An operator as it stands in the file it comes from. */
  keepNode(whole: Uint8Array): void {
    this.nodes.push(whole);
  }

  addNode(node: OnnxNode): void {
    this.nodes.push(encodeMessage(1, encodeNode(node)));
  }

  addFloats(name: string, dims: readonly number[], values: Float32Array): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.addTensor({ name, dims, type: 1, bytes });
  }

  addBytes(
    name: string,
    dims: readonly number[],
    type: keyof typeof elementTypes,
    values: Int8Array | Uint8Array,
  ): string {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.addTensor({ name, dims, type: elementTypes[type], bytes });
  }

  /** A list of whole numbers (int64). */
  addWholeNumbers(name: string, values: readonly number[]): string {
    const numbers = BigInt64Array.from(values, BigInt);
    return this.addTensor({ name, dims: [values.length], type: 7, bytes: new Uint8Array(numbers.buffer) });
  }

  /** Adds what makes a value, unless that was done before. Returns the value's name. */
  addOnce(name: string, add: () => void): string {
    if (!this.#names.has(name)) {
      this.#names.add(name);
      add();
    }
    return name;
  }

  /** What is added twice under a name, as by two products that share an activation, is kept once. */
  addTensor({ name, dims, type, bytes }: NewTensor): string {
    if (!this.#names.has(name)) {
      this.#names.add(name);
      this.tensors.push({ name, dims, type, bytes });
    }
    return name;
  }
}

/** Where a tensor's numbers are when they are not in the model's own file. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
}

/** What goes before a tensor's numbers in its graph; with `place`, the whole field. */
export function encodeTensorHead(tensor: NewTensor, place?: ExternalPlace): Uint8Array {
  const description = [
    ...tensor.dims.map((dim) => encodeNumber(1, dim)),
    encodeNumber(2, tensor.type),
    encodeText(8, tensor.name),
  ];
  if (place !== undefined) {
    const entries = { location: place.location, offset: place.offset, length: tensor.bytes.length };
    for (const [key, value] of Object.entries(entries)) {
      description.push(encodeMessage(13, [encodeText(1, key), encodeText(2, String(value))]));
    }
    return encodeMessage(5, [...description, encodeNumber(14, 1)]);
  }
  const inner = joinBytes([...description, encodeHeader(9, tensor.bytes.length)]);
  return joinBytes([encodeHeader(5, inner.length + tensor.bytes.length), inner]);
}
