import type { Slice } from "@weir/load";
import { Histogram, intervalOfRounds } from "@weir/stats";
import type { ComparedMetric } from "./compared-metric.ts";

/** A run is cut into so many blocks: within one, what follows closely on each other stays together. */
const blocks = 10;
const leastBlocks = 5;

/**
 * A metric in each tenth of a run's window; null where slices do not hold it (only response and service times and
 * completions are in them), or where the run was too short to be cut.
 */
export function toBlocks(
  metric: ComparedMetric,
  slices: readonly Slice[],
  window: { readonly startMs: number; readonly endMs: number },
): readonly number[] | null {
  // A second that is only partly in the window would be a poor one.
  const inside = slices.filter(({ startMs }) => startMs >= window.startMs && startMs + 1000 <= window.endMs);
  const count = Math.min(blocks, inside.length);
  if (count < leastBlocks) return null;
  const values = Array.from({ length: count }, (_, place) => {
    const from = Math.floor((place * inside.length) / count);
    return readBlock(metric, inside.slice(from, Math.floor(((place + 1) * inside.length) / count)));
  });
  return values.every((value) => value !== null && value > 0) ? (values as number[]) : null;
}

function readBlock(metric: ComparedMetric, slices: readonly Slice[]): number | null {
  if (metric.kind === "rate") {
    if (metric.name === "tokens") return null;
    const key = metric.name === "requests" ? "completed" : "units";
    return slices.reduce((sum, slice) => sum + slice[key], 0) / slices.length;
  }
  if (metric.metric !== "response" && metric.metric !== "service") return null;
  const histogram = new Histogram();
  for (const slice of slices) {
    const encoded = metric.metric === "response" ? slice.responseMs : slice.serviceMs;
    if (encoded !== null) histogram.merge(Histogram.decode(encoded));
  }
  if (histogram.n === 0) return null;
  switch (metric.statistic) {
    case "mean":
      return histogram.mean;
    case "p50":
      return histogram.quantile(0.5);
    case "p90":
      return histogram.quantile(0.9);
    case "p95":
      return histogram.quantile(0.95);
    case "p99":
    case "p999":
    case "max":
      // A tenth of a run says too little of them.
      return null;
  }
}

/**
 * The 95 % interval of a change by how much the blocks of two runs vary. It knows nothing of what changed between the two
 * runs, so it is narrower than the truth.
 */
export function toBlockInterval(
  a: readonly number[] | null,
  b: readonly number[] | null,
  change: number,
): readonly [number, number] | null {
  if (a === null || b === null || a.length !== b.length) return null;
  const { interval } = intervalOfRounds(a.map((value, place) => Math.log(b[place]! / value)));
  if (interval === null || !interval.every(Number.isFinite)) return null;
  const halfWidth = (Math.log1p(interval[1]) - Math.log1p(interval[0])) / 2;
  const middle = Math.log1p(change);
  return [Math.expm1(middle - halfWidth), Math.expm1(middle + halfWidth)];
}
