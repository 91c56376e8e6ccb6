import type { InferenceSession, Tensor } from "onnxruntime-node";
import { invalidFile } from "./folder/read-json.ts";
import { widenHalfFloats } from "./layers/half-floats.ts";

/**
 * What is asked of a model: a vector for each token, which this engine pools, or one for each row, which the graph has
 * pooled itself.
 */
export interface ModelOutput {
  readonly kind: "tokens" | "rows";
  readonly name: string;
}

/** Names under which exporters write the vectors of tokens. */
const tokenOutputs = ["last_hidden_state", "token_embeddings"];
const rowOutputs = ["sentence_embedding"];
/** Number formats of outputs that {@link readFloats} reads. */
export const floatTypes: readonly string[] = ["float32", "float16"];

type OutputMetadata = InferenceSession["outputMetadata"][number];

/**
 * Tokens where the model gives them: pooling, cut and scale can then be as a request asks, and come to the same as what
 * a graph does that pools itself. With `preferRows` it is the other way round: no file says how to pool, the graph does.
 * Throws MODEL_INVALID where the model has no output of either kind.
 */
export function chooseOutput(
  outputs: readonly OutputMetadata[],
  onnxPath: string,
  preferRows: boolean,
): ModelOutput {
  const isFloat = (output: OutputMetadata, axes: number): boolean =>
    output.isTensor && floatTypes.includes(output.type) && output.shape.length === axes;
  const named = (names: readonly string[], axes: number): OutputMetadata | undefined =>
    outputs.find((output) => names.includes(output.name) && isFloat(output, axes));
  const tokens = named(tokenOutputs, 3);
  const rows = named(rowOutputs, 2);
  if (tokens !== undefined && !(preferRows && rows !== undefined)) {
    return { kind: "tokens", name: tokens.name };
  }
  if (rows !== undefined) return { kind: "rows", name: rows.name };
  const likely = outputs.find((output) => isFloat(output, 3));
  if (likely !== undefined) return { kind: "tokens", name: likely.name };
  const described = outputs.map((other) =>
    other.isTensor ? `${other.name} (${other.type}, ${other.shape.length} axes)` : other.name,
  );
  throw invalidFile(
    onnxPath,
    `gives ${described.join(", ")}, expected last_hidden_state in float32 or float16 with 3 axes (rows, tokens, width), ` +
      "or sentence_embedding with 2",
  );
}

/** An output's values, whose type {@link chooseOutput} has looked at. */
export function readFloats(tensor: Tensor): Float32Array {
  if (tensor.type === "float32") return tensor.data as Float32Array;
  // Where the runtime has float16 arrays, it gives those; else the bits.
  const data = tensor.data as Uint16Array | ArrayLike<number>;
  return data instanceof Uint16Array ? widenHalfFloats(data) : new Float32Array(data);
}
