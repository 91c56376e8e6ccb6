import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Slice } from "@weir/load";

/** Units per second at the beginning and at the end. */
export interface RateOfTenths {
  readonly first: number;
  readonly last: number;
}

/** Seconds that a tenth must last: slices of a second say no more of a shorter one. */
const leastSeconds = 3;

type Counted = Pick<Slice, "startMs" | "units" | "endedMs">;

/** How fast the first tenth of all units was done, and the last; undefined where they took too short a time to say. */
export function rateOfTenths(slices: readonly Counted[]): RateOfTenths | undefined {
  const total = slices.reduce((sum, { units }) => sum + units, 0);
  const endMs = slices.findLast(({ endedMs }) => endedMs !== null)?.endedMs?.last;
  if (total === 0 || endMs === undefined) return undefined;
  const firstMs = timeOf(slices, total / 10);
  const lastMs = endMs - timeOf(slices, (9 * total) / 10);
  if (Math.min(firstMs, lastMs) < leastSeconds * 1000) return undefined;
  return { first: (100 * total) / firstMs, last: (100 * total) / lastMs };
}

/** When so many units were done, as if they came evenly within a second. */
function timeOf(slices: readonly Counted[], units: number): number {
  let done = 0;
  for (const slice of slices) {
    if (slice.units > 0 && done + slice.units >= units)
      return slice.startMs + (1000 * (units - done)) / slice.units;
    done += slice.units;
  }
  return slices.at(-1)!.startMs;
}

/** The slices of a run, from its folder; none where it could not be written. */
export async function readSlices(folder: string): Promise<readonly Slice[]> {
  try {
    const text = await readFile(path.join(folder, "slices.json"), "utf8");
    return (JSON.parse(text) as { readonly slices: readonly Slice[] }).slices;
  } catch {
    return [];
  }
}
