import { layerNormEpsilon, type BertShape } from "./bert-shape.ts";
import type { OnnxAttribute, OnnxConstant, OnnxGraph, OnnxNode, OnnxWeight } from "./onnx/onnx-model.ts";

const axes = ["batch_size", "sequence_length"];
const inputNames = ["input_ids", "attention_mask", "token_type_ids"];

/**
 * The graph of a BERT encoder (Devlin et al. 2018, arXiv:1810.04805), node for node as PyTorch's exporter writes one,
 * so that ONNX Runtime optimizes it just as far: scaled products and GELU with its bias are fused, attention as a whole
 * is not.
 */
export function createBertGraph(shape: BertShape): OnnxGraph {
  const builder = new GraphBuilder();
  let hidden = addEmbeddings(builder, shape);
  const mask = addMask(builder);
  for (let layer = 0; layer < shape.layers; layer++) {
    const name = `encoder.layer.${layer}`;
    const attended = addAttention(builder, shape, name, hidden, mask);
    hidden = addFeedForward(builder, shape, name, attended);
  }
  const output = addHead(builder, shape, hidden);
  return {
    name: "bert",
    nodes: builder.nodes,
    constants: builder.constants,
    weights: builder.weights,
    inputs: inputNames.map((name) => ({ name, type: "int64", dims: axes })),
    outputs: [output],
  };
}

/** The token vectors themselves, or the scores of BertForSequenceClassification: from the first token's vector. */
function addHead(
  builder: GraphBuilder,
  { width, labels }: BertShape,
  hidden: string,
): OnnxGraph["outputs"][number] {
  if (labels === undefined) {
    builder.addNamed("Identity", [hidden], "last_hidden_state");
    return { name: "last_hidden_state", type: "float32", dims: [...axes, width] };
  }
  const first = builder.add("Gather", [hidden, builder.scalar("zero", "int64", 0)], {
    axis: { kind: "int", value: 1 },
  });
  const pooled = builder.add("Tanh", [addLinear(builder, "bert.pooler.dense", first, width, width)]);
  builder.addNamed("Identity", [addLinear(builder, "classifier", pooled, width, labels)], "logits");
  return { name: "logits", type: "float32", dims: [axes[0]!, labels] };
}

function addEmbeddings(builder: GraphBuilder, shape: BertShape): string {
  const { width } = shape;
  const words = builder.weight("embeddings.word_embeddings.weight", [shape.vocabularySize, width]);
  const positions = builder.weight("embeddings.position_embeddings.weight", [shape.positions, width]);
  const types = builder.weight("embeddings.token_type_embeddings.weight", [shape.tokenTypes, width]);
  const size = builder.add("Shape", ["input_ids"]);
  const length = builder.add("Gather", [size, builder.scalar("one", "int64", 1)]);
  const places = builder.add("Range", [
    builder.scalar("zero", "int64", 0),
    length,
    builder.scalar("one", "int64", 1),
  ]);
  const word = builder.add("Gather", [words, "input_ids"]);
  const type = builder.add("Gather", [types, "token_type_ids"]);
  const position = builder.add("Gather", [positions, places]);
  const sum = builder.add("Add", [builder.add("Add", [word, type]), position]);
  return addLayerNorm(builder, "embeddings.LayerNorm", sum, width);
}

/** 0 where a token is, the least float32 where padding is: `[batch, 1, 1, sequence]`, added to attention scores. */
function addMask(builder: GraphBuilder): string {
  const there = builder.add("Cast", ["attention_mask"], { to: { kind: "int", value: 9 } });
  const spread = builder.add("Unsqueeze", [there, builder.list("mask_axes", [1, 2])]);
  return builder.add("Where", [
    spread,
    builder.scalar("score_of_token", "float32", 0),
    builder.scalar("score_of_padding", "float32", -3.4028234663852886e38),
  ]);
}

function addAttention(
  builder: GraphBuilder,
  { width, heads }: BertShape,
  layer: string,
  hidden: string,
  mask: string,
): string {
  const headWidth = width / heads;
  // 0 keeps an axis as it is.
  const split = builder.list("split_heads", [0, 0, heads, headWidth]);
  const join = builder.list("join_heads", [0, 0, width]);
  const project = (part: string, order: readonly number[]): string => {
    const projected = addLinear(builder, `${layer}.attention.self.${part}`, hidden, width, width);
    return builder.add("Transpose", [builder.add("Reshape", [projected, split])], { perm: ints(order) });
  };
  const query = project("query", [0, 2, 1, 3]);
  const key = project("key", [0, 2, 3, 1]);
  const value = project("value", [0, 2, 1, 3]);
  const scale = builder.scalar("attention_scale", "float32", 1 / Math.sqrt(headWidth));
  const scores = builder.add("Mul", [builder.add("MatMul", [query, key]), scale]);
  const masked = builder.add("Add", [scores, mask]);
  const weights = builder.add("Softmax", [masked], { axis: { kind: "int", value: 3 } });
  const attended = builder.add("Transpose", [builder.add("MatMul", [weights, value])], {
    perm: ints([0, 2, 1, 3]),
  });
  const joined = builder.add("Reshape", [attended, join]);
  const output = addLinear(builder, `${layer}.attention.output.dense`, joined, width, width);
  const residual = builder.add("Add", [output, hidden]);
  return addLayerNorm(builder, `${layer}.attention.output.LayerNorm`, residual, width);
}

function addFeedForward(
  builder: GraphBuilder,
  { width, inner }: BertShape,
  layer: string,
  hidden: string,
): string {
  const wide = addLinear(builder, `${layer}.intermediate.dense`, hidden, width, inner);
  const output = addLinear(builder, `${layer}.output.dense`, addGelu(builder, wide), inner, width);
  const residual = builder.add("Add", [output, hidden]);
  return addLayerNorm(builder, `${layer}.output.LayerNorm`, residual, width);
}

/** x / 2 x (1 + erf(x / sqrt 2)). */
function addGelu(builder: GraphBuilder, x: string): string {
  const scaled = builder.add("Div", [x, builder.scalar("root_of_two", "float32", Math.SQRT2)]);
  const shifted = builder.add("Add", [
    builder.add("Erf", [scaled]),
    builder.scalar("one_float", "float32", 1),
  ]);
  return builder.add("Mul", [builder.add("Mul", [x, shifted]), builder.scalar("half", "float32", 0.5)]);
}

function addLinear(builder: GraphBuilder, name: string, x: string, from: number, to: number): string {
  const product = builder.add("MatMul", [x, builder.weight(`${name}.weight`, [from, to])]);
  return builder.add("Add", [builder.weight(`${name}.bias`, [to]), product]);
}

function addLayerNorm(builder: GraphBuilder, name: string, x: string, width: number): string {
  const weight = builder.weight(`${name}.weight`, [width]);
  const bias = builder.weight(`${name}.bias`, [width]);
  return builder.add("LayerNormalization", [x, weight, bias], {
    axis: { kind: "int", value: 2 },
    epsilon: { kind: "float", value: layerNormEpsilon },
  });
}

function ints(value: readonly number[]): OnnxAttribute {
  return { kind: "ints", value };
}

/** Collects the parts of a graph; each method gives the name of what it added. */
class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  readonly weights: OnnxWeight[] = [];

  add(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    return this.addNamed(operator, inputs, `${operator}_${this.nodes.length}`, attributes);
  }

  addNamed(
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    this.nodes.push({ operator, inputs, output, attributes });
    return output;
  }

  weight(name: string, dims: readonly number[]): string {
    this.weights.push({ name, dims });
    return name;
  }

  scalar(name: string, type: "float32" | "int64", value: number): string {
    return this.#constant({ name, dims: [], values: { type, numbers: [value] } });
  }

  list(name: string, numbers: readonly number[]): string {
    return this.#constant({ name, dims: [numbers.length], values: { type: "int64", numbers } });
  }

  #constant(constant: OnnxConstant): string {
    if (!this.constants.some(({ name }) => name === constant.name)) this.constants.push(constant);
    return constant.name;
  }
}
