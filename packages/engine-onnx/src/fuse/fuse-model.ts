import { readHeads } from "../folder/read-heads.ts";
import type { ModelFolder } from "../folder/read-model-folder.ts";
import { findAttention, maskInput, type Attention } from "../graph/find-attention.ts";
import { findNeeded } from "../graph/find-needed.ts";
import { findProducts, findUses } from "../graph/find-products.ts";
import { GraphEditor } from "../graph/graph-editor.ts";
import { parseOnnxFile, readInputName, type OnnxFile } from "../graph/onnx-file.ts";
import { outlineModel } from "../graph/outline-model.ts";
import { encodeModel } from "../graph/write-onnx-file.ts";
import type { OnnxRuntime } from "../onnx-runtime.ts";
import { locateWeights } from "./locate-weights.ts";
import { emitFused, emitProjections } from "./emit-fused.ts";
import { proveAttention } from "./prove-attention.ts";

/** A graph in memory, and the folder below which the files with its weights are. */
export interface MappedModel {
  readonly graph: Uint8Array;
  readonly weightsFolder: string;
  /** Rejects where the folder's files are others by now than those that the graph was read from. */
  readonly checkFiles: () => Promise<void>;
}

/**
 * The model of a folder as it is computed on a CPU: a graph of some kilobytes, whose weights stay in the folder's files,
 * and are mapped into memory from there. Attention of several heads is one operator in it wherever that was seen to give the
 * same as the model's own. Throws where the file is no whole ONNX model.
 */
export async function fuseModel(runtime: OnnxRuntime, folder: ModelFolder): Promise<MappedModel> {
  const { folder: weightsFolder, places, checkFiles } = await locateWeights(folder.onnxPath);
  const outline = await outlineModel(folder.onnxPath, places);
  const file = parseOnnxFile(folder.onnxPath, outline);
  const uses = findUses(file);
  const products = findProducts(file, uses);
  const found = findAttention(file, uses, products, readHeads(folder)).filter(isPlain);
  const proven = found.length === 0 ? [] : await proveAttention(runtime, folder, file, products, found);
  const graph = proven.length === 0 ? outline : replaceAttention(file, proven);
  return { graph, weightsFolder, checkFiles };
}

/** Made by products of `[batch, sequence, width]`, which single rows are not. */
function isPlain({ query, key, value }: Attention): boolean {
  return [query, key, value].every(({ node }) => node.operator === "MatMul");
}

function replaceAttention(file: OnnxFile, attention: readonly Attention[]): Uint8Array {
  const lasts = new Map(attention.map((one) => [one.last, one]));
  const usedBy = ({ query, key, value }: Attention): readonly string[] => [
    maskInput,
    ...[query, key, value].flatMap(({ input, weight }) => [input, weight.name]),
    // A softmax does not see that of the keys.
    ...[query, value].flatMap(({ bias }) => (bias === undefined ? [] : [bias.name])),
  ];
  const needed = findNeeded(file, new Map([...lasts].map(([last, one]) => [last, usedBy(one)])));
  const editor = new GraphEditor();
  for (const node of file.nodes) {
    const one = lasts.get(node);
    if (one !== undefined) emitFused(editor, one, emitProjections(editor, one), node.outputs[0]!);
    else if (needed.nodes.has(node)) editor.keepNode(node.whole);
  }
  const kept = [...file.tensors.values()].flatMap(({ name, whole }) =>
    needed.names.has(name) ? [whole] : [],
  );
  // Models of old list their constants among their inputs too.
  const graph = file.rest.graph.filter((field) => {
    const name = readInputName(field) ?? "";
    return !file.tensors.has(name) || needed.names.has(name);
  });
  const source = { ...file, rest: { model: file.rest.model, graph } };
  return encodeModel({ source, nodes: editor.nodes, tensors: editor.tensors, kept, metadata: {} });
}
