import type { PrecisionWish, QuantizedPrecision, VectorComparison } from "@weir/engine";

/** One way to compute a model, as it was measured on this machine. */
export interface PrecisionPoint {
  readonly precision: "fp32" | QuantizedPrecision;
  readonly textsPerSecond: number;
  /** How many times as fast as fp32, measured in turns with it. */
  readonly speedRatio: number;
  readonly weightBytes: number;
  /** How its vectors compare with those of fp32; undefined for fp32 itself. */
  readonly vectors: VectorComparison | undefined;
}

/** One that could not be made or measured, and why, as a clause. */
export interface FailedPrecision {
  readonly precision: QuantizedPrecision;
  readonly failure: string;
}

/** What computes a model, and why. */
export interface PrecisionChoice {
  readonly asked: PrecisionWish;
  /** `as-is`: the weights that are in the model's folder, whatever they are. */
  readonly runs: "as-is" | QuantizedPrecision;
  /** `given`: there was nothing to choose; `remembered`: measured at an earlier start on this machine. */
  readonly chosenBy: "given" | "measured" | "remembered";
  /** Why, as a clause. */
  readonly reason: string;
  /** What was measured for it, fp32 first. Empty where nothing was. */
  readonly measured: readonly PrecisionPoint[];
  /** The model's folder as it was asked for: weights that were made from it are elsewhere. */
  readonly sourcePath: string;
}

export type PrecisionStep =
  | { readonly kind: "try"; readonly precision: QuantizedPrecision }
  | { readonly kind: "chosen"; readonly runs: PrecisionChoice["runs"]; readonly reason: string };

/** Less makes other answers in daily use, whatever the neighbours of a few texts say. */
const leastMeanCosine = 0.995;
/** What is gained has to be worth other vectors, and more than chance. */
const leastSpeedRatio = 1.1;

/**
 * What to do next about a model in float32. int8-accurate leaves matrices in float32 that int8 does not, so it is never
 * faster: where int8 is good enough, or no faster than float32, there is no need to make it.
 */
export function nextPrecisionStep(
  tried: readonly (PrecisionPoint | FailedPrecision)[],
  minAgreement: number,
): PrecisionStep {
  const drawbacks: string[] = [];
  for (const precision of ["int8", "int8-accurate"] as const) {
    const found = tried.find((one) => one.precision === precision);
    if (found === undefined) return { kind: "try", precision };
    if ("failure" in found) {
      drawbacks.push(found.failure);
      break;
    }
    if (found.speedRatio < leastSpeedRatio) {
      drawbacks.push(
        `${precision} is ${toTimes(found.speedRatio)} times as fast as fp32 on this machine, ` +
          `which is not worth other vectors (${leastSpeedRatio.toFixed(2)} is the least)`,
      );
      break;
    }
    const facts = describeFidelity(found.vectors!);
    if (isFaithful(found.vectors!, minAgreement)) {
      const gain = `${precision} is ${toTimes(found.speedRatio)} times as fast as fp32 with ${facts}`;
      return { kind: "chosen", runs: precision, reason: [...drawbacks, gain].join("; ") };
    }
    drawbacks.push(
      `${precision} has only ${facts}, expected at least ${toPercent(minAgreement)} and ${leastMeanCosine}`,
    );
  }
  return { kind: "chosen", runs: "as-is", reason: drawbacks.join("; ") };
}

/** Where no text has a clear nearest one, all texts count. */
export function isFaithful(vectors: VectorComparison, minAgreement: number): boolean {
  const agreement = vectors.clearTexts === 0 ? vectors.agreement : vectors.clearAgreement;
  return agreement >= minAgreement && vectors.meanCosine >= leastMeanCosine;
}

function describeFidelity({ clearTexts, clearAgreement, agreement, meanCosine }: VectorComparison): string {
  const neighbours =
    clearTexts === 0
      ? `${toPercent(agreement)} of nearest neighbours`
      : `${toPercent(clearAgreement)} of clear nearest neighbours (${toPercent(agreement)} of all)`;
  return `${neighbours} and a mean cosine of ${meanCosine.toFixed(4)}`;
}

/** Rounded down, as shares are. */
function toTimes(ratio: number): string {
  // 1.1 is a little above 110 hundredths, 1.15 a little below 115.
  return (Math.floor(Number((ratio * 100).toFixed(6))) / 100).toFixed(2);
}

/** Rounded down: what is below a bound must not read as if it met it. */
function toPercent(share: number): string {
  return `${Math.floor(share * 1_000) / 10} %`;
}

/** A choice as one line. */
export function describePrecision({ runs, chosenBy, reason, measured }: PrecisionChoice): string {
  const when = { given: "", measured: "measured now: ", remembered: "measured earlier on this machine: " };
  const how = `${measured.length === 0 ? "" : when[chosenBy]}${reason}`;
  return `precision: ${describeRun(runs)} (${how})`;
}

export function describeRun(runs: PrecisionChoice["runs"]): string {
  return runs === "as-is" ? "the weights as they are" : runs;
}
