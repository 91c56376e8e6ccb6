import { referenceWeightsPhrase } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { createBertGraph } from "./bert-graph.ts";
import type { BertShape } from "./bert-shape.ts";
import { layOutOnnxModel, measurePart } from "./onnx/onnx-model.ts";

export type ReferenceModelName =
  | "reference-embed-minilm"
  | "reference-embed-mpnet"
  | "reference-embed-tiny"
  | "reference-rank-minilm"
  | "reference-rank-tiny";

/** A model that Weir builds itself: a known architecture and size, weights from a seed. */
export interface ReferenceModel {
  readonly name: ReferenceModelName;
  readonly shape: BertShape;
  /** Longest input in tokens. */
  readonly maxTokens: number;
  /** How many numbers the weights are. */
  readonly parameters: number;
  /** Bytes of the weights' file. */
  readonly weightBytes: number;
  /** What it stands for, in one sentence that says that it is no real model. */
  readonly description: string;
}

interface Definition {
  readonly shape: BertShape;
  readonly maxTokens: number;
  readonly standsFor: string;
}

const minilmShape: BertShape = {
  layers: 6,
  width: 384,
  heads: 12,
  inner: 1536,
  vocabularySize: 30_522,
  positions: 512,
  tokenTypes: 2,
};

const tinyShape: BertShape = {
  layers: 2,
  width: 32,
  heads: 4,
  inner: 64,
  vocabularySize: 6000,
  positions: 64,
  tokenTypes: 2,
};

const definitions: Readonly<Record<ReferenceModelName, Definition>> = {
  "reference-embed-minilm": {
    shape: minilmShape,
    maxTokens: 256,
    standsFor: "the size of all-MiniLM-L6-v2",
  },
  "reference-embed-mpnet": {
    shape: {
      layers: 12,
      width: 768,
      heads: 12,
      inner: 3072,
      vocabularySize: 30_522,
      positions: 512,
      tokenTypes: 2,
    },
    maxTokens: 384,
    standsFor: "the size of all-mpnet-base-v2 (a BERT of that size)",
  },
  "reference-embed-tiny": {
    shape: tinyShape,
    maxTokens: 48,
    standsFor: "a model small enough for tests",
  },
  "reference-rank-minilm": {
    shape: { ...minilmShape, labels: 1 },
    maxTokens: 512,
    standsFor: "the size of ms-marco-MiniLM-L6-v2",
  },
  "reference-rank-tiny": {
    shape: { ...tinyShape, labels: 1 },
    maxTokens: 48,
    standsFor: "a re-ranker small enough for tests",
  },
};

const referenceModelNames: readonly ReferenceModelName[] = [
  "reference-embed-minilm",
  "reference-embed-mpnet",
  "reference-embed-tiny",
  "reference-rank-minilm",
  "reference-rank-tiny",
];

export function isReferenceModelName(name: string): name is ReferenceModelName {
  return Object.hasOwn(definitions, name);
}

export function describeReferenceModel(name: ReferenceModelName): ReferenceModel {
  const { shape, maxTokens, standsFor } = definitions[name];
  const graph = createBertGraph(shape);
  const parts = layOutOnnxModel(graph, producerName);
  const parameters = graph.weights.reduce(
    (sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1),
    0,
  );
  return {
    name,
    shape,
    maxTokens,
    parameters,
    weightBytes: parts.reduce((sum, part) => sum + measurePart(part), 0),
    description: `${standsFor}; ${referenceWeightsPhrase}`,
  };
}

/** All models that can be built, the default one first. */
export function listReferenceModels(): readonly ReferenceModel[] {
  return referenceModelNames.map((name) => describeReferenceModel(name));
}

/** Throws MODEL_INVALID naming the models that there are. */
export function parseReferenceModelName(name: string): ReferenceModelName {
  if (isReferenceModelName(name)) return name;
  throw new WeirError(
    "MODEL_INVALID",
    `there is no reference model ${name}, expected one of ${referenceModelNames.join(", ")}`,
  );
}

/** Written into the ONNX file as its producer. */
export const producerName = "weir";
