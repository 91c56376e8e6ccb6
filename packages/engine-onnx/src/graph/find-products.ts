import { countElements, float32Type, type GraphTensor } from "./parse-tensor.ts";
import type { GraphNode } from "./parse-node.ts";
import type { OnnxFile } from "./onnx-file.ts";

/** A product of activations with a constant matrix, and the addition of a constant row where one follows. */
export interface Product {
  readonly node: GraphNode;
  /** Name of the activations; their last axis is the matrix's rows. */
  readonly input: string;
  readonly weight: GraphTensor;
  /** The matrix is stored with its rows as columns. */
  readonly transposed: boolean;
  readonly bias: GraphTensor | undefined;
  /** What the product, its bias added, is called in the graph. */
  readonly output: string;
  /** The operator that adds the bias, which goes with the product; undefined where the product itself does. */
  readonly adder: GraphNode | undefined;
}

/** A table of rows that token ids choose from. */
export interface TokenTable {
  readonly tensor: GraphTensor;
  readonly lookups: readonly GraphNode[];
}

/** Smaller matrices and tables gain nothing. */
const leastSide = 16;
const leastTableElements = 2 ** 16;

/** Which operators use a name, those inside of other operators counted as the outer one. */
export type Uses = ReadonlyMap<string, readonly GraphNode[]>;

export function findUses(file: OnnxFile): Uses {
  const uses = new Map<string, GraphNode[]>();
  for (const node of file.nodes) {
    for (const name of new Set([...node.inputs, ...node.innerInputs])) {
      const users = uses.get(name);
      if (users === undefined) uses.set(name, [node]);
      else users.push(node);
    }
  }
  return uses;
}

/** The products with float32 matrices: MatMul and FusedMatMul of any number of axes, Gemm. */
export function findProducts(file: OnnxFile, uses: Uses): Product[] {
  return file.nodes.flatMap((node) => {
    const weight = file.tensors.get(node.inputs[1] ?? "");
    if (weight?.type !== float32Type || weight.dims.length !== 2 || Math.min(...weight.dims) < leastSide)
      return [];
    if (uses.get(weight.name)?.length !== 1) return [];
    const product = readProduct(file, node, weight);
    return product === undefined ? [] : [joinAdder(file, uses, product)];
  });
}

function readProduct(file: OnnxFile, node: GraphNode, weight: GraphTensor): Product | undefined {
  const number = (name: string, normal: number): number => node.numbers.get(name) ?? normal;
  const base = { node, input: node.inputs[0]!, weight, output: node.outputs[0]!, adder: undefined };
  if (node.operator === "MatMul" && node.domain === "")
    return { ...base, transposed: false, bias: undefined };
  if (number("transA", 0) !== 0 || number("alpha", 1) !== 1) return undefined;
  const transposed = number("transB", 0) === 1;
  if (node.operator === "FusedMatMul") {
    const plain = number("transBatchA", 0) === 0 && number("transBatchB", 0) === 0;
    return plain ? { ...base, transposed, bias: undefined } : undefined;
  }
  if (node.operator !== "Gemm" || node.domain !== "") return undefined;
  const biasName = node.inputs[2] ?? "";
  if (biasName === "") return { ...base, transposed, bias: undefined };
  const bias = file.tensors.get(biasName);
  if (number("beta", 1) !== 1 || !isRow(bias, widthOf({ weight, transposed }))) return undefined;
  return { ...base, transposed, bias };
}

/** Takes an addition of a constant row along, where nothing else uses what stands between. */
function joinAdder(file: OnnxFile, uses: Uses, product: Product): Product {
  const users = uses.get(product.output) ?? [];
  const adder = users[0];
  if (product.bias !== undefined || users.length !== 1 || file.outputs.includes(product.output))
    return product;
  if (adder?.operator !== "Add" || adder.domain !== "" || adder.innerInputs.length > 0) return product;
  const bias = file.tensors.get(adder.inputs.find((name) => name !== product.output) ?? "");
  return isRow(bias, widthOf(product)) ? { ...product, bias, adder, output: adder.outputs[0]! } : product;
}

/** How many numbers a product makes of each token. */
export function widthOf({ weight, transposed }: Pick<Product, "weight" | "transposed">): number {
  return weight.dims[transposed ? 0 : 1]!;
}

function isRow(tensor: GraphTensor | undefined, width: number): tensor is GraphTensor {
  return tensor?.type === float32Type && countElements(tensor) === width && tensor.dims.at(-1) === width;
}

/** The float32 tables that only lookups by row use. */
export function findTokenTables(file: OnnxFile, uses: Uses): TokenTable[] {
  return [...file.tensors.values()].flatMap((tensor) => {
    if (tensor.type !== float32Type || tensor.dims.length !== 2) return [];
    if (countElements(tensor) < leastTableElements || file.outputs.includes(tensor.name)) return [];
    const lookups = uses.get(tensor.name) ?? [];
    return lookups.length > 0 && lookups.every((node) => isLookup(node, tensor.name))
      ? [{ tensor, lookups }]
      : [];
  });
}

function isLookup(node: GraphNode, table: string): boolean {
  return (
    node.operator === "Gather" &&
    node.domain === "" &&
    node.inputs[0] === table &&
    node.inputs[1] !== table &&
    node.innerInputs.length === 0 &&
    (node.numbers.get("axis") ?? 0) === 0
  );
}
