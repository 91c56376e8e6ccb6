import type { RandomSource } from "./random.ts";

/** How arrivals of a given rate are spread over time. The gaps between them are independent of each other. */
export type ArrivalProcess =
  /** All gaps are equal: coefficient of variation 0. */
  | { readonly kind: "constant" }
  /** Exponential gaps, as of many users who know nothing of each other: coefficient of variation 1. */
  | { readonly kind: "poisson" }
  /** Gamma gaps: coefficient of variation 1 / sqrt(shape). Below 1 they come in bursts, above 1 they are tamed. */
  | { readonly kind: "gamma"; readonly shape: number };

/** Draws gaps of mean 1. Throws a RangeError for a shape that is not above 0. */
export function createGapSource(process: ArrivalProcess, random: RandomSource): () => number {
  switch (process.kind) {
    case "constant":
      return () => 1;
    case "poisson":
      return () => -Math.log1p(-random());
    case "gamma": {
      const { shape } = process;
      checkShape(shape);
      return () => drawGamma(shape, random) / shape;
    }
  }
}

/** Throws a RangeError for a shape that is not above 0. */
export function checkShape(shape: number): void {
  // Below this, nearly all arrivals come at the same time and the rest never: no load that anybody means.
  if (!(shape >= 0.01 && Number.isFinite(shape)))
    throw new RangeError(`the shape of gamma arrivals must be 0.01 or more, got ${shape}`);
}

// Marsaglia and Tsang, A Simple Method for Generating Gamma Variables, ACM TOMS 26 (2000); scale 1.
function drawGamma(shape: number, random: RandomSource): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log1p(-random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

// Box and Muller; the second value is not kept, so that a draw depends on nothing before it.
function drawNormal(random: RandomSource): number {
  return Math.sqrt(-2 * Math.log1p(-random())) * Math.cos(2 * Math.PI * random());
}
