import { WeirError, type VectorBlock } from "@weir/protocol";
import { erf } from "./erf.ts";

/** A module after the pooling, with its weights. */
export type Layer =
  | {
      readonly kind: "dense";
      readonly inputs: number;
      readonly outputs: number;
      /** `outputs x inputs`, row-major. */
      readonly weight: Float32Array;
      readonly bias: Float32Array | undefined;
      readonly activation: Activation;
    }
  | {
      readonly kind: "layer-norm";
      readonly width: number;
      readonly weight: Float32Array;
      readonly bias: Float32Array;
    }
  | { readonly kind: "normalize" };

export const activations = {
  Identity: (x: number): number => x,
  Tanh: (x: number): number => Math.tanh(x),
  ReLU: (x: number): number => (x > 0 ? x : 0),
  Sigmoid: (x: number): number => 1 / (1 + Math.exp(-x)),
  SiLU: (x: number): number => x / (1 + Math.exp(-x)),
  GELU: (x: number): number => (x / 2) * (1 + erf(x / Math.SQRT2)),
};

export type Activation = keyof typeof activations;

/** PyTorch's default, which sentence-transformers leaves as it is. */
const layerNormEpsilon = 1e-5;

/** The length of the vectors that come of vectors of `width` values. Throws RangeError where a layer takes another. */
export function measureLayers(layers: readonly Layer[], width: number): number {
  let length = width;
  for (const layer of layers) {
    const inputs = layer.kind === "dense" ? layer.inputs : layer.kind === "layer-norm" ? layer.width : length;
    if (inputs !== length) {
      throw new RangeError(`a module takes vectors of ${inputs} values and is given ${length}`);
    }
    if (layer.kind === "dense") length = layer.outputs;
  }
  return length;
}

export interface VectorFinish {
  readonly normalize: boolean;
  /** Leading values to keep. */
  readonly dimensions: number;
}

/** Puts each vector through the layers, keeps its leading values, then scales it to length 1 where asked. */
export function finishVectors(
  pooled: VectorBlock,
  layers: readonly Layer[],
  { normalize, dimensions }: VectorFinish,
): VectorBlock {
  const { count, dimensions: width, values } = pooled;
  const finished = new Float32Array(count * dimensions);
  for (let row = 0; row < count; row++) {
    let vector = Float64Array.from(values.subarray(row * width, (row + 1) * width));
    for (const layer of layers) vector = applyLayer(vector, layer);
    vector = vector.subarray(0, dimensions);
    const squares = sumSquares(vector);
    if (!Number.isFinite(squares)) {
      throw new WeirError(
        "ENGINE_FAILED",
        `the model gave a value that is not a finite number for row ${row} of ${count}. ` +
          "Its weights are damaged or its number format overflows on this input; try the float32 weights.",
      );
    }
    finished.set(normalize ? scale(vector, squares) : vector, row * dimensions);
  }
  return { count, dimensions, values: finished };
}

function applyLayer(vector: Float64Array<ArrayBuffer>, layer: Layer): Float64Array<ArrayBuffer> {
  switch (layer.kind) {
    case "normalize":
      return scale(vector, sumSquares(vector));
    case "dense": {
      const { inputs, outputs, weight, bias } = layer;
      const activate = activations[layer.activation];
      const result = new Float64Array(outputs);
      for (let out = 0; out < outputs; out++) {
        let sum = bias?.[out] ?? 0;
        for (let index = 0; index < inputs; index++) sum += weight[out * inputs + index]! * vector[index]!;
        result[out] = activate(sum);
      }
      return result;
    }
    case "layer-norm": {
      const { width, weight, bias } = layer;
      const mean = vector.reduce((sum, value) => sum + value, 0) / width;
      const variance = vector.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
      const root = Math.sqrt(variance + layerNormEpsilon);
      return vector.map((value, index) => ((value - mean) / root) * weight[index]! + bias[index]!);
    }
  }
}

function sumSquares(vector: Float64Array): number {
  return vector.reduce((sum, value) => sum + value * value, 0);
}

/** A vector of length 0 stays as it is. */
function scale(vector: Float64Array<ArrayBuffer>, squares: number): Float64Array<ArrayBuffer> {
  return squares > 0 ? vector.map((value) => value / Math.sqrt(squares)) : vector;
}
