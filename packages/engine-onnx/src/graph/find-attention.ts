import { widthOf, type Product, type Uses } from "./find-products.ts";
import type { OnnxFile } from "./onnx-file.ts";
import type { GraphNode } from "./parse-node.ts";

/** Attention of several heads, spelled out in single operators as exporters write it. */
export interface Attention {
  readonly query: Product;
  readonly key: Product;
  readonly value: Product;
  readonly heads: number;
  /** What products of queries and keys are multiplied with, by the usual rule. */
  readonly scale: number;
  /** The join of the heads, whose output is the attention's. */
  readonly last: GraphNode;
}

/** The graph's input that tells tokens from padding. */
export const maskInput = "attention_mask";

const splitHeads = "0,2,1,3";

/**
 * Finds what looks like `join(softmax(scale * query key^T + mask) value)` with queries, keys and values from products:
 * which products go where. What lies between is not read, as every exporter writes it in another way: scale, mask and how
 * heads are cut may not be the usual ones. Whoever replaces an attention has to compare the results.
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
  const hidden = new Set(products.map(({ input }) => input));

  /** Goes back from a value, not beyond what products take and make. */
  const goBack = function* (name: string): Generator<Product | GraphNode> {
    const seen = new Set([name]);
    for (const each of seen) {
      const product = byOutput.get(each);
      const node = producers.get(each);
      if (product !== undefined) yield product;
      else if (node !== undefined && !hidden.has(each)) {
        yield node;
        for (const input of node.inputs) seen.add(input);
      }
    }
  };
  /** The one product that a value comes from. */
  const origin = (name: string | undefined): Product | undefined => {
    const found = [...goBack(name ?? "")].filter((each) => "weight" in each);
    return found.length === 1 ? found[0] : undefined;
  };
  const user = (node: GraphNode, operator: string): GraphNode | undefined => {
    const users = uses.get(node.outputs[0]!) ?? [];
    return users.length === 1 && users[0]!.operator === operator ? users[0] : undefined;
  };
  const findScores = (softmax: GraphNode): Pick<Attention, "query" | "key"> | undefined => {
    for (const node of goBack(softmax.inputs[0]!)) {
      if ("weight" in node || (node.operator !== "MatMul" && node.operator !== "FusedMatMul")) continue;
      const [query, key] = [origin(node.inputs[0]), origin(node.inputs[1])];
      if (query !== undefined && key !== undefined) return { query, key };
    }
    return undefined;
  };

  const read = (softmax: GraphNode): Attention | undefined => {
    const mixed = user(softmax, "MatMul");
    if (mixed === undefined || mixed.inputs[0] !== softmax.outputs[0]) return undefined;
    const back = user(mixed, "Transpose");
    const last = back === undefined ? undefined : user(back, "Reshape");
    if (back?.lists.get("perm")?.join() !== splitHeads || last === undefined) return undefined;
    const value = origin(mixed.inputs[1]);
    const scores = findScores(softmax);
    if (value === undefined || scores === undefined) return undefined;
    const { query, key } = scores;
    if (new Set([query, key, value]).size !== 3 || widthOf(query) !== widthOf(key)) return undefined;
    if (widthOf(query) % heads !== 0 || widthOf(value) % heads !== 0) return undefined;
    return { query, key, value, heads, scale: 1 / Math.sqrt(widthOf(query) / heads), last };
  };
  return file.nodes.flatMap((node) => (node.operator === "Softmax" ? (read(node) ?? []) : []));
}
