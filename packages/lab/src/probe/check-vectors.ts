import type { VectorBlock } from "@weir/protocol";
import { fail, ok, skipped, warn, type Check } from "./check.ts";

/** How far from 1 the length of a normalised vector may be. float16 engines err by up to about 1e-3. */
const normTolerance = 2e-3;
/** Two vectors of one text differ by rounding at most, whatever the batch. */
const leastSameCosine = 0.9999;

/** Every answer has vectors of one length, the one that the server announces. */
export function checkDimensions(blocks: readonly VectorBlock[], announced: number | undefined): Check {
  const name = "dimensions";
  const lengths = [...new Set(blocks.map(({ dimensions }) => dimensions))];
  if (lengths.length > 1) {
    const fix = "One model has to give vectors of one length; check that all replicas serve the same model.";
    return fail(name, `vectors of ${lengths.join(" and of ")} values`, fix);
  }
  const dimensions = lengths[0]!;
  if (announced === undefined) return ok(name, `${dimensions} in every answer`);
  if (announced === dimensions) return ok(name, `${dimensions} in every answer, as /info says`);
  const fix = "Correct what /info says, or serve the model that it describes.";
  return fail(name, `${dimensions} in every answer, but /info says ${announced}`, fix);
}

/** Vectors have length 1, as was asked for. */
export function checkNorms(blocks: readonly VectorBlock[]): Check {
  const norms = blocks.flatMap((block) => toRows(block).map(norm));
  const least = Math.min(...norms);
  const most = Math.max(...norms);
  const range = [...new Set([format(least), format(most)])].join(" to ");
  if (Math.max(1 - least, most - 1) <= normTolerance) return ok("norm", `every vector has length ${range}`);
  const fix = "Scale vectors to length 1 (L2), or divide by the length before you compare them.";
  return fail("norm", `expected length 1, got ${range}`, fix);
}

/** One text gives one vector: asked twice, and in the company of others. */
export function checkSame(name: string, first: Float32Array, second: Float32Array, fix: string): Check {
  if (first.length !== second.length) return skipped(name, "the vectors differ in length");
  if (first.every((value, index) => Object.is(value, second[index]))) return ok(name, "the same bits");
  const similarity = cosine(first, second);
  const detail = `cosine ${similarity.toFixed(6)}`;
  if (similarity >= leastSameCosine) return ok(name, detail);
  return fail(name, `${detail}; expected at least ${leastSameCosine}`, fix);
}

/** Different texts give different vectors. */
export function checkDistinct(block: VectorBlock): Check {
  const name = "different texts";
  const [first, ...others] = toRows(block);
  if (first === undefined || others.length === 0) return skipped(name, "there was one vector only");
  const nearest = Math.max(...others.map((other) => cosine(first, other)));
  const detail = `nearest cosine ${nearest.toFixed(4)}`;
  if (nearest < 0.99999) return ok(name, detail);
  return warn(name, `${detail}: unlike texts got the same vector`, "Check that the texts reach the model.");
}

export function toRows({ count, dimensions, values }: VectorBlock): readonly Float32Array[] {
  return Array.from({ length: count }, (_, row) => values.subarray(row * dimensions, (row + 1) * dimensions));
}

function norm(vector: Float32Array): number {
  return Math.sqrt(dot(vector, vector));
}

function cosine(a: Float32Array, b: Float32Array): number {
  return dot(a, b) / (norm(a) * norm(b));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index]! * b[index]!;
  return sum;
}

function format(length: number): string {
  return String(Number(length.toPrecision(6)));
}
