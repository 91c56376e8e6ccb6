import type { RateInterval } from "@weir/stats";
import type { Recommendation } from "./confirmation.ts";

/** How long so many documents take, at the rate of a recommendation. */
export interface ProjectedTime {
  readonly documents: number;
  readonly seconds: number;
  /** From the interval of the rate; null where that has none. */
  readonly secondsInterval: RateInterval | null;
}

const documentCounts: readonly number[] = [1_000, 10_000, 100_000];

export function projectTimes({
  unitsPerSecond,
  unitsPerSecondInterval: rate,
  unitsPerDocument,
}: Pick<Recommendation, "unitsPerSecond" | "unitsPerSecondInterval" | "unitsPerDocument">): ProjectedTime[] {
  return documentCounts.map((documents) => ({
    documents,
    seconds: (documents * unitsPerDocument) / unitsPerSecond,
    secondsInterval:
      rate === null
        ? null
        : {
            low: (documents * unitsPerDocument) / rate.high,
            high: (documents * unitsPerDocument) / rate.low,
          },
  }));
}
