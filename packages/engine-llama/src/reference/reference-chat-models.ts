import { referenceWeightsPhrase } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { countBytes, countNumbers } from "../gguf/gguf-values.ts";
import { listTensors, type ChatShape } from "./chat-shape.ts";

export type ReferenceChatModelName = "reference-chat-135m" | "reference-chat-15m";

/** A chat model that Weir builds itself: a known architecture and size, weights from a seed. */
export interface ReferenceChatModel {
  readonly name: ReferenceChatModelName;
  readonly shape: ChatShape;
  /** How many numbers the weights are. */
  readonly parameters: number;
  /** Bytes of the weights in the file, which has its tokenizer besides. */
  readonly weightBytes: number;
  /** What it stands for, in one sentence that says that it is no real model. */
  readonly description: string;
}

interface Definition {
  readonly shape: ChatShape;
  readonly standsFor: string;
}

const vocabularySize = 49_152;
const contextTokens = 8192;

const definitions: Readonly<Record<ReferenceChatModelName, Definition>> = {
  "reference-chat-135m": {
    shape: {
      architecture: "llama",
      layers: 30,
      width: 576,
      heads: 9,
      kvHeads: 3,
      headWidth: 64,
      inner: 1536,
      vocabularySize,
      contextTokens,
    },
    standsFor: "the size of SmolLM-135M",
  },
  "reference-chat-15m": {
    shape: {
      architecture: "llama",
      layers: 4,
      width: 256,
      heads: 4,
      kvHeads: 2,
      headWidth: 64,
      inner: 512,
      vocabularySize,
      contextTokens,
    },
    standsFor: "a chat model small enough for tests",
  },
};

const referenceChatModelNames: readonly ReferenceChatModelName[] = [
  "reference-chat-135m",
  "reference-chat-15m",
];

export function isReferenceChatModelName(name: string): name is ReferenceChatModelName {
  return Object.hasOwn(definitions, name);
}

export function describeReferenceChatModel(name: ReferenceChatModelName): ReferenceChatModel {
  const { shape, standsFor } = definitions[name];
  const tensors = listTensors(shape);
  return {
    name,
    shape,
    parameters: tensors.reduce((sum, tensor) => sum + countNumbers(tensor), 0),
    weightBytes: tensors.reduce((sum, tensor) => sum + countBytes(tensor), 0),
    description: `${standsFor}; ${referenceWeightsPhrase}`,
  };
}

/** All chat models that can be built, the default one first. */
export function listReferenceChatModels(): readonly ReferenceChatModel[] {
  return referenceChatModelNames.map((name) => describeReferenceChatModel(name));
}

/** Throws MODEL_INVALID naming the models that there are. */
export function parseReferenceChatModelName(name: string): ReferenceChatModelName {
  if (isReferenceChatModelName(name)) return name;
  throw new WeirError(
    "MODEL_INVALID",
    `there is no reference chat model ${name}, expected one of ${referenceChatModelNames.join(", ")}`,
  );
}
