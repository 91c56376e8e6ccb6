import { rankCorrelation } from "@weir/stats";
import { formatNumber } from "../record/format-number.ts";
import type { RecordedTogether } from "./server-record.ts";

/** A figure of each second; not a number where it is not known. */
export interface SecondSeries {
  /** What there was more of, e.g. `more requests waited`. */
  readonly what: string;
  readonly values: readonly number[];
}

const leastSeconds = 20;
/** Responses that always take about as long rise with nothing. */
const leastRatio = 1.5;
const strongRho = 0.7;
/** One in thirty thousand by chance, for each of some six series. */
const strongZ = 4;

/**
 * What of the server rose whenever responses took longer, where that is beyond doubt; null elsewhere. It may be a cause, a
 * consequence, or have the same cause.
 */
export function findTogether(
  responseMs: readonly number[],
  others: readonly SecondSeries[],
): RecordedTogether | null {
  let best: (RecordedTogether & { readonly z: number }) | undefined;
  for (const { what, values } of others) {
    const both = responseMs.flatMap((ms, index) => {
      const value = values[index] ?? Number.NaN;
      return Number.isNaN(ms) || Number.isNaN(value) ? [] : [[ms, value] as const];
    });
    const times = both.map(([ms]) => ms);
    if (both.length < leastSeconds || !isUneven(times)) continue;
    const { rho, z } = rankCorrelation(
      times,
      both.map(([, value]) => value),
    );
    if (rho < strongRho || z < strongZ || z <= (best?.z ?? 0)) continue;
    const sentence = `When responses took longer, ${what}: rank correlation ${formatNumber(rho)} over ${both.length} seconds.`;
    best = { what, correlation: rho, seconds: both.length, sentence, z };
  }
  if (best === undefined) return null;
  const { z: _, ...together } = best;
  return together;
}

function isUneven(times: readonly number[]): boolean {
  const sorted = times.toSorted((one, other) => one - other);
  const low = sorted[Math.floor(0.1 * (sorted.length - 1))]!;
  const high = sorted[Math.ceil(0.9 * (sorted.length - 1))]!;
  return high >= leastRatio * low;
}
