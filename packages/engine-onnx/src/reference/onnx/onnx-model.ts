import { encodeFloat, encodeHeader, encodeMessage, encodeNumber, encodeText, joinBytes } from "./protobuf.ts";

/*
 * The part of the ONNX format that a graph of known operators with float32 weights needs. Field numbers are those of
 * onnx.proto3, ONNX 1.16: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 */

export type OnnxAttribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] };

export interface OnnxNode {
  readonly operator: string;
  /** Whose operator it is; ONNX's own where it is left out. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** A weight, whose values are made when they are written: row-major, the product of `dims` many. */
export interface OnnxWeight {
  readonly name: string;
  readonly dims: readonly number[];
}

/** A small constant. */
export interface OnnxConstant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: { readonly type: "float32" | "int64"; readonly numbers: readonly number[] };
}

/** An input or output; a text in `dims` names an axis of any length. */
export interface OnnxValue {
  readonly name: string;
  readonly type: "float32" | "int64";
  readonly dims: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly weights: readonly OnnxWeight[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** A file in order: bytes, or the place of a weight's values (float32, little-endian). */
export type OnnxPart =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "weight"; readonly weight: OnnxWeight; readonly byteLength: number };

const irVersion = 8;
const opset = 17;
const elementTypes = { float32: 1, int64: 7 };
const attributeTypes = { float: 1, int: 2, ints: 7 };

/**
 * Lays a model out as a sequence of parts. Lengths come before contents in this format, so all are computed here, and
 * the values of weights can then be made one after another while they are written.
 */
export function layOutOnnxModel(graph: OnnxGraph, producer: string): readonly OnnxPart[] {
  const small = joinBytes([
    ...graph.nodes.map((node) => encodeMessage(1, encodeNode(node))),
    encodeText(2, graph.name),
    ...graph.constants.map((constant) => encodeMessage(5, encodeConstant(constant))),
    ...graph.inputs.map((value) => encodeMessage(11, encodeValue(value))),
    ...graph.outputs.map((value) => encodeMessage(12, encodeValue(value))),
  ]);
  const weights = graph.weights.flatMap((weight) => layOutWeight(weight));
  const parts: OnnxPart[] = [{ kind: "bytes", bytes: small }, ...weights];
  const head = joinBytes([
    encodeNumber(1, irVersion),
    encodeText(2, producer),
    encodeMessage(8, [encodeText(1, ""), encodeNumber(2, opset)]),
    encodeHeader(
      7,
      parts.reduce((sum, part) => sum + measurePart(part), 0),
    ),
  ]);
  return [{ kind: "bytes", bytes: head }, ...parts];
}

export function measurePart(part: OnnxPart): number {
  return part.kind === "bytes" ? part.bytes.length : part.byteLength;
}

function layOutWeight(weight: OnnxWeight): OnnxPart[] {
  const byteLength = 4 * weight.dims.reduce((product, dim) => product * dim, 1);
  const description = encodeTensor(weight.name, weight.dims, "float32");
  const rawHeader = encodeHeader(9, byteLength);
  const length = description.length + rawHeader.length + byteLength;
  const bytes = joinBytes([encodeHeader(5, length), description, rawHeader]);
  return [
    { kind: "bytes", bytes },
    { kind: "weight", weight, byteLength },
  ];
}

function encodeTensor(name: string, dims: readonly number[], type: keyof typeof elementTypes): Uint8Array {
  return joinBytes([
    ...dims.map((dim) => encodeNumber(1, dim)),
    encodeNumber(2, elementTypes[type]),
    encodeText(8, name),
  ]);
}

function encodeConstant({ name, dims, values }: OnnxConstant): Uint8Array[] {
  const bytesEach = values.type === "int64" ? 8 : 4;
  const raw = new DataView(new ArrayBuffer(values.numbers.length * bytesEach));
  values.numbers.forEach((number, index) => {
    if (values.type === "int64") raw.setBigInt64(index * 8, BigInt(number), true);
    else raw.setFloat32(index * 4, number, true);
  });
  return [encodeTensor(name, dims, values.type), encodeMessage(9, [new Uint8Array(raw.buffer)])];
}

/** The fields of a NodeProto. */
export function encodeNode({ operator, domain, inputs, output, attributes = {} }: OnnxNode): Uint8Array[] {
  return [
    ...inputs.map((input) => encodeText(1, input)),
    encodeText(2, output),
    encodeText(3, output),
    encodeText(4, operator),
    ...Object.entries(attributes).map(([name, attribute]) =>
      encodeMessage(5, encodeAttribute(name, attribute)),
    ),
    ...(domain === undefined ? [] : [encodeText(7, domain)]),
  ];
}

function encodeAttribute(name: string, attribute: OnnxAttribute): Uint8Array[] {
  const type = encodeNumber(20, attributeTypes[attribute.kind]);
  switch (attribute.kind) {
    case "int":
      return [encodeText(1, name), encodeNumber(3, attribute.value), type];
    case "float":
      return [encodeText(1, name), encodeFloat(2, attribute.value), type];
    case "ints":
      return [encodeText(1, name), ...attribute.value.map((value) => encodeNumber(8, value)), type];
  }
}

export function encodeValue({ name, type, dims }: OnnxValue): Uint8Array[] {
  const axes = dims.map((dim) =>
    encodeMessage(1, [typeof dim === "string" ? encodeText(2, dim) : encodeNumber(1, dim)]),
  );
  const tensor = [encodeNumber(1, elementTypes[type]), encodeMessage(2, axes)];
  return [encodeText(1, name), encodeMessage(2, [encodeMessage(1, tensor)])];
}
