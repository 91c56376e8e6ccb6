import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { invalidFile } from "../folder/read-json.ts";
import { decodeText, readFields } from "../reference/onnx/protobuf-fields.ts";
import { parseNode, type GraphNode } from "./parse-node.ts";
import { parseTensor, type GraphTensor } from "./parse-tensor.ts";

/**
 * An ONNX model as far as rewriting its graph needs it. What is not looked at (`rest`) is kept as bytes and written
 * again as it was. Field numbers are those of onnx.proto3, ONNX 1.16.
 */
export interface OnnxFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The version of the default operator set. */
  readonly opset: number;
  readonly producer: string;
  /** Operator sets beside the default one. */
  readonly domains: ReadonlySet<string>;
  readonly metadata: ReadonlyMap<string, string>;
  readonly nodes: readonly GraphNode[];
  readonly tensors: ReadonlyMap<string, GraphTensor>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Fields of the model beside its graph, of the graph beside its nodes and tensors. */
  readonly rest: { readonly model: readonly Uint8Array[]; readonly graph: readonly Uint8Array[] };
}

/** Throws MODEL_INVALID where the file is not a whole ONNX model. */
export async function readOnnxFile(path: string): Promise<OnnxFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw invalidFile(path, `cannot be read (${(error as Error).message})`, error);
  }
  return parseOnnxFile(path, bytes);
}

/** The model that `bytes` are, with what it refers to beside `path`. Throws MODEL_INVALID where it is not whole. */
export function parseOnnxFile(path: string, bytes: Uint8Array): OnnxFile {
  try {
    return parseModel(path, bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidFile(
      path,
      `is not a whole ONNX model (${error.message}). Was the download complete?`,
      error,
    );
  }
}

function parseModel(path: string, bytes: Uint8Array): OnnxFile {
  const nodes: GraphNode[] = [];
  const tensors = new Map<string, GraphTensor>();
  const inputs: string[] = [];
  const outputs: string[] = [];
  const rest = { model: [] as Uint8Array[], graph: [] as Uint8Array[] };
  const metadata = new Map<string, string>();
  const domains = new Set<string>();
  const found = { opset: 0, producer: "" };

  const readGraph = (graph: Uint8Array): void => {
    for (const field of readFields(graph)) {
      if (field.number === 1) nodes.push(parseNode(field.bytes, field.whole));
      else if (field.number === 5) {
        const tensor = parseTensor(field.bytes, field.whole, dirname(path));
        tensors.set(tensor.name, tensor);
      } else {
        if (field.number === 11) inputs.push(readName(field.bytes));
        else if (field.number === 12) outputs.push(readName(field.bytes));
        rest.graph.push(field.whole);
      }
    }
  };
  for (const field of readFields(bytes)) {
    if (field.number === 7) {
      readGraph(field.bytes);
      continue;
    }
    if (field.number === 2) found.producer = decodeText(field.bytes);
    else if (field.number === 8) {
      const { domain, version } = parseOpset(field.bytes);
      if (domain === "" || domain === "ai.onnx") found.opset = version;
      else domains.add(domain);
    } else if (field.number === 14) {
      const [key = "", value = ""] = readTexts(field.bytes);
      metadata.set(key, value);
    }
    rest.model.push(field.whole);
  }
  if (nodes.length === 0) throw new RangeError("it has no operators");
  return { path, bytes, ...found, domains, metadata, nodes, tensors, inputs, outputs, rest };
}

function parseOpset(message: Uint8Array): { domain: string; version: number } {
  let domain = "";
  let version = 0;
  for (const field of readFields(message)) {
    if (field.number === 1) domain = decodeText(field.bytes);
    else if (field.number === 2) version = field.value;
  }
  return { domain, version };
}

/** The name of the input that a field of a graph is, its number in front; undefined of all others. */
export function readInputName(whole: Uint8Array): string | undefined {
  const [field] = readFields(whole);
  return field?.number === 11 ? readName(field.bytes) : undefined;
}

/** The name of a graph's input or output, from its message. */
function readName(message: Uint8Array): string {
  return readTexts(message)[0] ?? "";
}

/** The text fields of a message by number, from 1 on. */
function readTexts(message: Uint8Array): string[] {
  const texts: string[] = [];
  for (const field of readFields(message)) texts[field.number - 1] = decodeText(field.bytes);
  return texts;
}

/** The files beside the model that its tensors are in, relative to its folder. */
export function listExternalFiles(file: OnnxFile): string[] {
  const names = new Set<string>();
  for (const { place } of file.tensors.values()) if (place.kind === "external") names.add(place.location);
  return [...names];
}
