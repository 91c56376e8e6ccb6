import { decodeFloat } from "../reference/onnx/protobuf-fields.ts";
import type { Product, Uses } from "./find-products.ts";
import type { OnnxFile } from "./onnx/onnx-file.ts";
import type { GraphNode } from "./onnx/parse-node.ts";
import { countElements, float32Type } from "./onnx/parse-tensor.ts";

/** Attention of several heads, spelled out in single operators as exporters write it. */
export interface Attention {
  readonly query: Product;
  readonly key: Product;
  readonly value: Product;
  readonly heads: number;
  /** What products of queries and keys are multiplied with. */
  readonly scale: number;
  /** From the heads' split to before their join. */
  readonly inner: readonly GraphNode[];
  /** The join, whose output is the attention's. */
  readonly last: GraphNode;
}

/** The graph's input that tells tokens from padding. */
export const maskInput = "attention_mask";

const splitHeads = "0,2,1,3";
const splitHeadsTurned = "0,2,3,1";

/**
 * Finds `join(softmax(scale * query key^T + mask) value)` with queries, keys and values from products. What the mask says
 * beyond padding is not looked at: whoever replaces an attention has to compare the results.
 */
export function findAttention(
  file: OnnxFile,
  uses: Uses,
  products: readonly Product[],
  heads: number | undefined,
): Attention[] {
  if (heads === undefined || !file.inputs.includes(maskInput)) return [];
  const producers = new Map(file.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const byOutput = new Map(products.map((product) => [product.output, product]));
  const inner: GraphNode[] = [];

  /** The operator that makes a value, where it is of this kind and nothing else uses the value. */
  const maker = (name: string | undefined, ...operators: readonly string[]): GraphNode | undefined => {
    const node = producers.get(name ?? "");
    if (node === undefined || !operators.includes(node.operator) || uses.get(name!)?.length !== 1)
      return undefined;
    inner.push(node);
    return node;
  };
  const user = (node: GraphNode, operator: string): GraphNode | undefined => {
    const users = uses.get(node.outputs[0]!) ?? [];
    return users.length === 1 && users[0]!.operator === operator ? users[0] : undefined;
  };
  const split = (name: string | undefined, order: string): Product | undefined => {
    const turned = maker(name, "Transpose");
    if (turned?.lists.get("perm")?.join() !== order) return undefined;
    const cut = maker(turned.inputs[0], "Reshape");
    const product = byOutput.get(cut?.inputs[0] ?? "");
    return product !== undefined && uses.get(product.output)?.length === 1 ? product : undefined;
  };
  const readScale = (node: GraphNode): { scale: number; scores: string } | undefined => {
    if (node.operator === "MatMul") return { scale: 1, scores: node.outputs[0]! };
    for (const [at, other] of [
      [1, 0],
      [0, 1],
    ] as const) {
      const tensor = file.tensors.get(node.inputs[at]!) ?? producers.get(node.inputs[at]!)?.constant;
      if (tensor?.type !== float32Type || countElements(tensor) !== 1 || tensor.place.kind !== "inline")
        continue;
      const value = decodeFloat(tensor.place.bytes);
      if (node.operator === "Div" && at === 0) return undefined;
      return { scale: node.operator === "Div" ? 1 / value : value, scores: node.inputs[other]! };
    }
    return undefined;
  };

  const read = (softmax: GraphNode): Attention | undefined => {
    inner.length = 0;
    inner.push(softmax);
    const masked = maker(softmax.inputs[0], "Add");
    const scaled = masked?.inputs
      .map((name) => maker(name, "Mul", "Div", "MatMul"))
      .find((node) => node !== undefined);
    const found = scaled === undefined ? undefined : readScale(scaled);
    if (scaled === undefined || found === undefined) return undefined;
    const scores = scaled.operator === "MatMul" ? scaled : maker(found.scores, "MatMul");
    const query = split(scores?.inputs[0], splitHeads);
    const key = split(scores?.inputs[1], splitHeadsTurned);
    const mixed = user(softmax, "MatMul");
    if (mixed === undefined || mixed.inputs[0] !== softmax.outputs[0]) return undefined;
    const value = split(mixed.inputs[1], splitHeads);
    const back = user(mixed, "Transpose");
    const last = back === undefined ? undefined : user(back, "Reshape");
    if (query === undefined || key === undefined || value === undefined || last === undefined)
      return undefined;
    if (back!.lists.get("perm")?.join() !== splitHeads || widthOf(query) !== widthOf(key)) return undefined;
    if (widthOf(query) % heads !== 0 || widthOf(value) % heads !== 0) return undefined;
    return { query, key, value, heads, scale: found.scale, inner: [...inner, mixed, back!], last };
  };
  return file.nodes.flatMap((node) => (node.operator === "Softmax" ? (read(node) ?? []) : []));
}

function widthOf({ weight, transposed }: Product): number {
  return weight.dims[transposed ? 0 : 1]!;
}
