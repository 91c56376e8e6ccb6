import { createRandom } from "@weir/stats";
import type { MockOptions } from "../mock-options.ts";

/** What changes how long answers take. */
export type Strain = Pick<MockOptions, "slowdownRate" | "slopeRate" | "cliff" | "noiseRate" | "seed">;

/**
 * How many times as long an answer takes as an untroubled mock's would. Decided once, when it begins, so that what was
 * sent stays true.
 *
 * @param underWay answers that are under way when it begins, itself among them
 * @param index the request's number: it decides the noise
 */
export function timeFactor(strain: Strain, underWay: number, index: number): number {
  const { slowdownRate, slopeRate, cliff, noiseRate, seed } = strain;
  const overCliff = cliff !== undefined && underWay > cliff.holds ? cliff.factor : 1;
  const noise = noiseRate === 0 ? 1 : Math.exp(noiseRate * drawNormal(seed, index));
  return (1 + slowdownRate) * (1 + slopeRate * (underWay - 1)) * overCliff * noise;
}

/** A standard normal number (Box and Muller). */
function drawNormal(seed: number, index: number): number {
  // Another stream than that of jitter and fate, which adding noise must not change.
  const random = createRandom(seed * 1_000_033 + index * 7 + 3);
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}
