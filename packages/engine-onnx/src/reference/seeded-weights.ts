import { createSeededRandom } from "@weir/engine";
import type { OnnxWeight } from "./onnx/onnx-model.ts";

/** The standard deviation of the sum of four random bytes: sqrt(4 x (256² - 1) / 12). */
const rawDeviation = 147.8;
const rawMean = 4 * 127.5;

/** How a weight's values are spread: `mean + deviation x about normal`. */
interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Fills a weight's values, the same on every machine: a 32-bit generator seeded by the weight's name, sums of bytes
 * instead of logarithms or cosines, one exactly rounded product and sum per value. Values are spread so that signals
 * keep their size through the layers, as in a trained model: nothing overflows or dies out.
 */
export function* makeWeightValues(
  weight: OnnxWeight,
  seed: string,
  chunkLength: number,
): Generator<Float32Array> {
  const { mean, deviation } = chooseSpread(weight);
  const scale = deviation / rawDeviation;
  const random = createSeededRandom(`${seed}/${weight.name}`);
  let left = weight.dims.reduce((product, dim) => product * dim, 1);
  // One block of memory for all: whoever takes a chunk is done with it before asking for the next.
  const chunk = new Float32Array(Math.min(left, chunkLength));
  while (left > 0) {
    const length = Math.min(left, chunk.length);
    for (let index = 0; index < length; index++) {
      const bits = random();
      const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
      chunk[index] = mean + (sum - rawMean) * scale;
    }
    yield chunk.subarray(0, length);
    left -= length;
  }
}

function chooseSpread({ name, dims }: OnnxWeight): Spread {
  if (name.includes("embeddings.") && dims.length === 2) return { mean: 0, deviation: 0.05 };
  if (name.endsWith("LayerNorm.weight")) return { mean: 1, deviation: 0.05 };
  if (dims.length === 1) return { mean: 0, deviation: 0.02 };
  // A product of `dims[0]` terms then is about as large as its factors. sqrt is exactly rounded by IEEE 754.
  return { mean: 0, deviation: 1 / Math.sqrt(dims[0]!) };
}
