import { addChannel, emitAttention, liftOf, nameLifted } from "./emit-attention.ts";
import { emitGrid, emitProduct, type Norm, type ProductValues } from "./emit-products.ts";
import { emitLookup, emitTable } from "./emit-table.ts";
import { maskInput, type Attention } from "../graph/find-attention.ts";
import { findNeeded } from "../graph/find-needed.ts";
import type { Product, TokenTable } from "../graph/find-products.ts";
import { GraphEditor } from "../graph/graph-editor.ts";
import type { OnnxFile } from "../graph/onnx-file.ts";
import type { GraphNode } from "../graph/parse-node.ts";
import { float32Type, readBytes, readFloats, type GraphTensor } from "../graph/parse-tensor.ts";
import type { NewModel } from "../graph/write-onnx-file.ts";
import { planNormedGrid, planPlainGrid, type ChannelRange, type Grid } from "./plan-grid.ts";
import { transpose } from "./round-weights.ts";

export interface Rewriting {
  readonly file: OnnxFile;
  readonly tables: readonly TokenTable[];
  /** Those to be made int8; all others stay as they are. */
  readonly products: readonly Product[];
  /** Those to become one operator; their queries and keys must be among the products. */
  readonly attention: readonly Attention[];
  /** Of every activation that one of the products takes. */
  readonly ranges: ReadonlyMap<string, ChannelRange>;
}

/** The parts of the new model: products and tables in int8, attention in one operator, everything else as it was. */
export async function rewriteGraph(rewriting: Rewriting): Promise<Omit<NewModel, "metadata">> {
  const { file, tables, products, attention, ranges } = rewriting;
  const editor = new GraphEditor();
  const norms = await readNorms(file, products);
  const needed = findNeeded(file, listReplaced(rewriting, norms));
  const byNode = new Map(products.map((product) => [product.node, product]));
  const lookups = new Map(
    tables.flatMap(({ tensor, lookups: nodes }) => nodes.map((node) => [node, tensor] as const)),
  );
  const joins = new Map(attention.map((one) => [one.last, one]));
  const lifts = new Map(
    attention.flatMap((one) =>
      (["query", "key"] as const).map(
        (side) => [one[side], { heads: one.heads, constant: liftOf(side, one.scale) }] as const,
      ),
    ),
  );
  const grids = new Map<string, { readonly grid: Grid; readonly gridded: string }>();

  for (const table of tables) emitTable(editor, table, await readFloats(table.tensor, file.path));
  for (const node of file.nodes) {
    const table = lookups.get(node);
    const product = byNode.get(node);
    const join = joins.get(node);
    if (table !== undefined) emitLookup(editor, table.name, node.inputs[1]!, node.outputs[0]!);
    else if (join !== undefined) emitAttention(editor, join);
    else if (product !== undefined) {
      const { grid, gridded } = grids.get(product.input) ?? layGrid(product.input);
      const values = await readProductValues(file, product);
      const lifted = lifts.get(product);
      if (lifted === undefined) emitProduct(editor, product, gridded, grid, values);
      else {
        const to = { input: product.input, output: nameLifted(product.output) };
        emitProduct(editor, to, gridded, grid, addChannel(values, lifted.heads, lifted.constant));
      }
    } else if (needed.nodes.has(node)) editor.keepNode(node.whole);
  }
  const kept = await keepTensors();
  return { source: file, nodes: editor.nodes, tensors: editor.tensors, kept };

  function layGrid(name: string): { readonly grid: Grid; readonly gridded: string } {
    const norm = norms.get(name);
    const range = ranges.get(name)!;
    const grid = norm === undefined ? planPlainGrid(range) : planNormedGrid(range);
    const laid = { grid, gridded: emitGrid(editor, name, grid, norm) };
    grids.set(name, laid);
    return laid;
  }

  async function keepTensors(): Promise<Uint8Array[]> {
    const kept: Uint8Array[] = [];
    for (const tensor of file.tensors.values()) {
      if (!needed.names.has(tensor.name)) continue;
      if (tensor.place.kind === "inline") kept.push(tensor.whole);
      else editor.addTensor({ ...tensor, bytes: await readBytes(tensor, tensor.place.length, file.path) });
    }
    return kept;
  }
}

/** What is put in the place of operators, by the names of the old graph that it uses. */
function listReplaced(
  { products, tables, attention }: Rewriting,
  norms: ReadonlyMap<string, Norm>,
): Map<GraphNode, readonly string[]> {
  const replaced = new Map<GraphNode, readonly string[]>();
  for (const { node, adder, input } of products) {
    // A second layer norm makes what the product takes.
    replaced.set(node, [norms.get(input)?.input ?? input]);
    if (adder !== undefined) replaced.set(adder, []);
  }
  for (const { lookups } of tables) for (const node of lookups) replaced.set(node, [node.inputs[1]!]);
  for (const { last, value } of attention) replaced.set(last, [value.output, maskInput]);
  return replaced;
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

/** The layer norms that make what products take, by the names of what they make. */
async function readNorms(file: OnnxFile, products: readonly Product[]): Promise<Map<string, Norm>> {
  const producers = new Map(file.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const norms = new Map<string, Norm>();
  for (const name of new Set(products.map(({ input }) => input))) {
    const norm = await readNorm(file, producers.get(name), name);
    if (norm !== undefined) norms.set(name, norm);
  }
  return norms;
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
