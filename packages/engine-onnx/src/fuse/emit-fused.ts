import { maskInput, type Attention } from "../graph/find-attention.ts";
import { widthOf, type Product } from "../graph/find-products.ts";
import type { GraphEditor } from "../graph/graph-editor.ts";

/*
 * ONNX Runtime's MultiHeadAttention works through the scores block by block, as FlashAttention does (Dao et al. 2022,
 * arXiv:2205.14135); but only where it is given no mask. So padding is told by the vectors: in each head queries and keys
 * have one more channel, which is 1 in queries, 0 in keys of tokens and far below in keys of padding. To the scores among
 * tokens it adds nothing.
 *
 * A constant added to all keys adds the same to every score of a query, which a softmax does not see: keys need no bias, and
 * what tells padding is added in its place. Everything that has constants alone for its inputs is computed once, when the
 * model is loaded.
 */

/** Scaled scores are some tens at most, and beyond 104 below the highest, a weight in float32 is 0. */
const farBelow = -30_000;

const floatType = { to: { kind: "int", value: 1 } } as const;

/** What an attention takes: names of `[batch, sequence, width]`, queries and keys with the further channel. */
export interface FusedInputs {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  /** Name of what is added to queries, keys and values, one after the other, in one row. */
  readonly bias: string;
}

/** How queries and keys are cut into heads: `width` channels each, the further one not counted. */
interface Heads {
  readonly heads: number;
  readonly width: number;
}

/** Adds the products of an attention, with columns for the further channel. Their bias is left to the attention. */
export function emitProjections(editor: GraphEditor, attention: Attention): FusedInputs {
  const { query, key, value, heads } = attention;
  const base = nameOf(attention);
  const cut = cutOf(attention);
  const project = (side: string, product: Product, matrix: string): string => {
    editor.addNode({ operator: "MatMul", inputs: [product.input, matrix], output: `${base}/${side}` });
    return `${base}/${side}`;
  };
  const rows = query.weight.dims[0]!;
  const zeros = addConstant(editor, 0, [rows, heads, 1]);
  const widen = (side: string, product: Product): string =>
    addChannels(editor, `${base}/${side}_matrix`, product.weight.name, zeros, [rows, heads, cut.width]);
  const keys = project("key", key, widen("key", key));
  editor.addNode({
    operator: "Add",
    inputs: [keys, emitPenalties(editor, cut)],
    output: `${base}/key_masked`,
  });
  return {
    query: project("query", query, widen("query", query)),
    key: `${base}/key_masked`,
    value: project("value", value, value.weight.name),
    bias: emitBias(editor, attention, query.bias?.name, value.bias?.name),
  };
}

/** Adds the operator itself, which makes what the attention that it stands for made, under the name `output`. */
export function emitFused(
  editor: GraphEditor,
  { heads, scale }: Attention,
  { query, key, value, bias }: FusedInputs,
  output: string,
): void {
  editor.addNode({
    operator: "MultiHeadAttention",
    domain: "com.microsoft",
    inputs: [query, key, value, bias],
    output,
    attributes: { num_heads: { kind: "int", value: heads }, scale: { kind: "float", value: scale } },
  });
}

/** The same from queries, keys and values as the single operators take them, bias added. */
export function emitWidened(editor: GraphEditor, attention: Attention): FusedInputs {
  const base = nameOf(attention);
  const cut = cutOf(attention);
  const split = editor.addWholeNumbers(`weir/split_${cut.heads}`, [0, 0, cut.heads, cut.width]);
  const join = editor.addWholeNumbers(`weir/join_${cut.heads}`, [0, 0, cut.heads * (cut.width + 1)]);
  const pads = editor.addWholeNumbers("weir/further_channel", [0, 0, 0, 0, 0, 0, 0, 1]);
  const widen = (side: string, name: string): string => {
    const made = `${base}/${side}_proof`;
    editor.addNode({ operator: "Reshape", inputs: [name, split], output: `${made}_cut` });
    editor.addNode({ operator: "Pad", inputs: [`${made}_cut`, pads], output: `${made}_wide` });
    editor.addNode({ operator: "Reshape", inputs: [`${made}_wide`, join], output: made });
    return made;
  };
  const key = widen("key", attention.key.output);
  editor.addNode({ operator: "Add", inputs: [key, emitPenalties(editor, cut)], output: `${key}_masked` });
  return {
    query: widen("query", attention.query.output),
    key: `${key}_masked`,
    value: attention.value.output,
    bias: emitBias(editor, attention, undefined, undefined),
  };
}

/** What is added to keys: 0, but in the further channel of padding. `[batch, sequence, heads * (width + 1)]`. */
function emitPenalties(editor: GraphEditor, { heads, width }: Heads): string {
  const name = `weir/penalties_${heads}x${width}`;
  return editor.addOnce(name, () => {
    editor.addNode({
      operator: "Cast",
      inputs: [maskInput],
      output: `${name}_mask`,
      attributes: floatType,
    });
    // 0 keeps an axis as it is.
    const shape = editor.addWholeNumbers("weir/one_channel", [0, 0, 1]);
    editor.addNode({ operator: "Reshape", inputs: [`${name}_mask`, shape], output: `${name}_row` });
    const one = addConstant(editor, 1, []);
    editor.addNode({ operator: "Sub", inputs: [one, `${name}_row`], output: `${name}_padding` });
    const row = Float32Array.from({ length: heads * (width + 1) }, (_, at) =>
      at % (width + 1) === width ? farBelow : 0,
    );
    const penalty = editor.addFloats(`${name}_of_padding`, [row.length], row);
    editor.addNode({ operator: "Mul", inputs: [`${name}_padding`, penalty], output: name });
  });
}

function emitBias(
  editor: GraphEditor,
  attention: Attention,
  queryBias: string | undefined,
  valueBias: string | undefined,
): string {
  const { heads, value } = attention;
  const { width } = cutOf(attention);
  const name = `${nameOf(attention)}/bias`;
  const ones = addConstant(editor, 1, [heads, 1]);
  const parts = [
    addChannels(editor, `${name}_of_queries`, queryBias ?? addConstant(editor, 0, [heads * width]), ones, [
      heads,
      width,
    ]),
    addConstant(editor, 0, [heads * (width + 1)]),
    valueBias === undefined
      ? addConstant(editor, 0, [widthOf(value)])
      : addRow(editor, `${name}_of_values`, valueBias),
  ];
  editor.addNode({
    operator: "Concat",
    inputs: parts,
    output: name,
    attributes: { axis: { kind: "int", value: 0 } },
  });
  return name;
}

/** A constant that may have further axes of length 1, as one of one axis. */
function addRow(editor: GraphEditor, name: string, constant: string): string {
  const flat = editor.addWholeNumbers("weir/row", [-1]);
  editor.addNode({ operator: "Reshape", inputs: [constant, flat], output: name });
  return name;
}

/** A constant with one more channel after those of each head, taken from `channel`; `cut` is its shape by heads. */
function addChannels(
  editor: GraphEditor,
  name: string,
  constant: string,
  channel: string,
  cut: readonly number[],
): string {
  const width = cut.at(-1)! + 1;
  const whole = [...cut.slice(0, -2), cut.at(-2)! * width];
  const shape = (dims: readonly number[]): string =>
    editor.addWholeNumbers(`weir/shape_${dims.join("x")}`, dims);
  editor.addNode({ operator: "Reshape", inputs: [constant, shape(cut)], output: `${name}_cut` });
  editor.addNode({
    operator: "Concat",
    inputs: [`${name}_cut`, channel],
    output: `${name}_wide`,
    attributes: { axis: { kind: "int", value: cut.length - 1 } },
  });
  editor.addNode({ operator: "Reshape", inputs: [`${name}_wide`, shape(whole)], output: name });
  return name;
}

function addConstant(editor: GraphEditor, value: number, dims: readonly number[]): string {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return editor.addFloats(`weir/all_${value}_${dims.join("x")}`, dims, new Float32Array(count).fill(value));
}

function cutOf({ query, heads }: Attention): Heads {
  return { heads, width: widthOf(query) / heads };
}

function nameOf({ last }: Attention): string {
  return `weir/${last.outputs[0]!}`;
}
