import { emitGrid, emitProduct, type Norm, type ProductValues } from "./emit-products.ts";
import { emitLookup, emitTable } from "./emit-table.ts";
import { findUses, type Product, type TokenTable } from "./find-products.ts";
import { GraphEditor } from "./onnx/graph-editor.ts";
import type { OnnxFile } from "./onnx/onnx-file.ts";
import type { GraphNode } from "./onnx/parse-node.ts";
import { float32Type, readBytes, readFloats, type GraphTensor } from "./onnx/parse-tensor.ts";
import type { NewModel } from "./onnx/write-onnx-file.ts";
import { planNormedGrid, planPlainGrid, type ChannelRange, type Grid } from "./plan-grid.ts";
import { transpose } from "./round-weights.ts";

export interface Rewriting {
  readonly file: OnnxFile;
  readonly tables: readonly TokenTable[];
  /** Those to be made int8; all others stay as they are. */
  readonly products: readonly Product[];
  /** Of every activation that one of the products takes. */
  readonly ranges: ReadonlyMap<string, ChannelRange>;
}

/** The parts of the new model: products and tables in int8, everything else as it was. */
export async function rewriteGraph({
  file,
  tables,
  products,
  ranges,
}: Rewriting): Promise<Omit<NewModel, "metadata">> {
  const editor = new GraphEditor();
  const producers = new Map(file.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const uses = findUses(file);
  const byNode = new Map(products.map((product) => [product.node, product]));
  const adders = new Set(products.map(({ adder }) => adder));
  const lookups = new Map(
    tables.flatMap(({ tensor, lookups: nodes }) => nodes.map((node) => [node, tensor] as const)),
  );
  const isOurs = (node: GraphNode): boolean => byNode.has(node) || adders.has(node);
  const isDone = (name: string): boolean =>
    !file.outputs.includes(name) && (uses.get(name) ?? []).every((node) => isOurs(node) || dropped.has(node));
  const dropped = new Set<GraphNode>();
  const norms = new Map<string, Norm>();
  for (const name of new Set(products.map(({ input }) => input))) {
    const producer = producers.get(name);
    const norm = await readNorm(file, producer, name);
    if (norm === undefined) continue;
    norms.set(name, norm);
    // Where only the products use what it makes, the second layer norm stands in its place.
    if (isDone(name)) dropped.add(producer!);
  }
  const grids = new Map<string, { readonly grid: Grid; readonly gridded: string }>();

  for (const table of tables) emitTable(editor, table, await readFloats(table.tensor, file.path));
  for (const node of file.nodes) {
    const table = lookups.get(node);
    const product = byNode.get(node);
    if (table !== undefined) emitLookup(editor, table.name, node.inputs[1]!, node.outputs[0]!);
    else if (product !== undefined) {
      let laid = grids.get(product.input);
      if (laid === undefined) {
        laid = layGrid(product.input);
        grids.set(product.input, laid);
      }
      emitProduct(editor, product, laid.gridded, laid.grid, await readProductValues(file, product));
    } else if (!adders.has(node) && !dropped.has(node)) editor.keepNode(node.whole);
  }
  const kept = await keepTensors();
  return { source: file, nodes: editor.nodes, tensors: editor.tensors, kept };

  function layGrid(name: string): { grid: Grid; gridded: string } {
    const norm = norms.get(name);
    const range = ranges.get(name)!;
    const grid = norm === undefined ? planPlainGrid(range) : planNormedGrid(range);
    return { grid, gridded: emitGrid(editor, name, grid, norm) };
  }

  async function keepTensors(): Promise<Uint8Array[]> {
    const tableNames = new Set(tables.map(({ tensor }) => tensor.name));
    const kept: Uint8Array[] = [];
    for (const tensor of file.tensors.values()) {
      // What only rewritten operators use was written anew; what nothing used before stays as it is.
      if (tableNames.has(tensor.name) || (uses.has(tensor.name) && isDone(tensor.name))) continue;
      if (tensor.place.kind === "inline") kept.push(tensor.whole);
      else editor.addTensor({ ...tensor, bytes: await readBytes(tensor, tensor.place.length, file.path) });
    }
    return kept;
  }
}

async function readProductValues(
  file: OnnxFile,
  { weight, transposed, bias }: Product,
): Promise<ProductValues> {
  const stored = await readFloats(weight, file.path);
  const [first, second] = weight.dims as [number, number];
  return {
    matrix: transposed ? transpose(stored, first, second) : stored,
    rows: transposed ? second : first,
    columns: transposed ? first : second,
    bias: bias === undefined ? undefined : await readFloats(bias, file.path),
  };
}

/** The layer norm that makes an activation; undefined where something else does. */
async function readNorm(
  file: OnnxFile,
  node: GraphNode | undefined,
  name: string,
): Promise<Norm | undefined> {
  if (node?.operator !== "LayerNormalization" || node.domain !== "" || node.outputs[0] !== name)
    return undefined;
  const [input = "", weightName = "", biasName = ""] = node.inputs;
  const read = async (tensor: GraphTensor | undefined): Promise<Float32Array | undefined> =>
    tensor?.type === float32Type && tensor.dims.length === 1
      ? await readFloats(tensor, file.path)
      : undefined;
  const weight = await read(file.tensors.get(weightName));
  const bias = await read(file.tensors.get(biasName));
  if (weight === undefined || (biasName !== "" && bias === undefined)) return undefined;
  return {
    input,
    weight,
    bias,
    axis: node.numbers.get("axis") ?? -1,
    epsilon: node.numbers.get("epsilon") ?? 1e-5,
  };
}
