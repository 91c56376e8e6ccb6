import { decodeFloat, decodeNumbers, decodeText, readFields } from "../reference/onnx/protobuf-fields.ts";
import { parseTensor, type GraphTensor } from "./parse-tensor.ts";

/** An operator of a graph. */
export interface GraphNode {
  readonly name: string;
  readonly operator: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes that are one number. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Attributes that are lists of whole numbers. */
  readonly lists: ReadonlyMap<string, readonly number[]>;
  /** What a Constant is. */
  readonly constant: GraphTensor | undefined;
  /** Names that graphs within this operator (If, Loop) use. */
  readonly innerInputs: readonly string[];
  /** The node as a field of its graph, as it stands in the file. */
  readonly whole: Uint8Array;
}

export function parseNode(message: Uint8Array, whole: Uint8Array): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const found: Attributes = { numbers: new Map(), lists: new Map(), innerInputs: [], constant: undefined };
  const texts = { name: "", operator: "", domain: "" };
  for (const { number, bytes } of readFields(message)) {
    if (number === 1) inputs.push(decodeText(bytes));
    else if (number === 2) outputs.push(decodeText(bytes));
    else if (number === 3) texts.name = decodeText(bytes);
    else if (number === 4) texts.operator = decodeText(bytes);
    else if (number === 5) readAttribute(bytes, found);
    else if (number === 7) texts.domain = decodeText(bytes);
  }
  if (texts.domain === "ai.onnx") texts.domain = "";
  return { ...texts, ...found, inputs, outputs, whole };
}

interface Attributes {
  readonly numbers: Map<string, number>;
  readonly lists: Map<string, readonly number[]>;
  readonly innerInputs: string[];
  constant: GraphTensor | undefined;
}

/** AttributeProto: 1 name, 2 float, 3 int, 5 tensor, 6 and 11 graphs, 8 ints, 20 type (1 float, 2 int). */
function readAttribute(message: Uint8Array, found: Attributes): void {
  const list: number[] = [];
  let name = "";
  let value = 0;
  let type = 0;
  for (const field of readFields(message)) {
    if (field.number === 1) name = decodeText(field.bytes);
    else if (field.number === 2) value = decodeFloat(field.bytes);
    else if (field.number === 3) value = field.value;
    else if (field.number === 5) found.constant = parseTensor(field.bytes, field.whole, "");
    else if (field.number === 8) list.push(...decodeNumbers(field));
    else if (field.number === 20) type = field.value;
    else if (field.number === 6 || field.number === 11) readInnerGraph(field.bytes, found.innerInputs);
  }
  if (type === 1 || type === 2) found.numbers.set(name, value);
  if (list.length > 0) found.lists.set(name, list);
}

function readInnerGraph(graph: Uint8Array, innerInputs: string[]): void {
  for (const inner of readFields(graph)) {
    if (inner.number !== 1) continue;
    const node = parseNode(inner.bytes, inner.whole);
    innerInputs.push(...node.inputs, ...node.innerInputs);
  }
}
