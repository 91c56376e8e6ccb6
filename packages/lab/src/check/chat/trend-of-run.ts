import { formatDuration } from "../../record/format-number.ts";
import { fitSlope, Histogram, samplesNeeded, type EncodedHistogram } from "@weir/stats";

const sliceMs = 1000;
const usualWindowMs = 60_000;
/** A slope of fewer windows has an interval that says nothing. */
const leastWindows = 5;
/** So many there are to be where the run is shorter than as many minutes. */
const wantedWindows = 10;

/** A second of a run, as slices.json has it. */
export interface TimedSlice {
  /** From the run's start. */
  readonly startMs: number;
  readonly responseMs: EncodedHistogram | null;
}

/** How the 95th percentile changed while a run went on. */
export type Trend =
  | {
      readonly kind: "known";
      readonly windows: number;
      readonly windowMs: number;
      /** Fewest answers in a window. */
      readonly least: number;
      /** Mean of the windows' p95. */
      readonly p95Ms: number;
      /** Change in a minute as a share of that, and its 95 % interval. */
      readonly perMinute: number;
      readonly interval: readonly [low: number, high: number];
    }
  /** `why` says what there was too little of. */
  | { readonly kind: "unknown"; readonly why: string };

/**
 * The slope of the p95 of response times over windows of a minute (of a tenth of a run that is shorter than ten), or of as many of
 * these as it takes for the 72 answers that a p95 needs. Only whole windows count.
 */
export function findTrend(
  slices: readonly TimedSlice[],
  window: { readonly startMs: number; readonly endMs: number },
): Trend {
  const lengthMs = window.endMs - window.startMs;
  const tenthMs = Math.floor(lengthMs / wantedWindows / sliceMs) * sliceMs;
  const stepMs = Math.min(usualWindowMs, Math.max(sliceMs, tenthMs));
  let least = 0;
  for (let windowMs = stepMs; windowMs * leastWindows <= lengthMs; windowMs += stepMs) {
    const windows = cutWindows(slices, window, windowMs);
    least = Math.min(...windows.map(({ n }) => n));
    if (least >= samplesNeeded.p95) return fitWindows(windows, windowMs, least);
  }
  const seconds = formatDuration(Math.floor(lengthMs / leastWindows / sliceMs) * sliceMs);
  const why = `too few answers: ${leastWindows} windows of ${samplesNeeded.p95} are needed, and one of ${seconds} had ${least}`;
  return { kind: "unknown", why };
}

function fitWindows(windows: readonly Histogram[], windowMs: number, least: number): Trend {
  const p95 = windows.map((histogram) => histogram.quantile(0.95));
  const p95Ms = p95.reduce((sum, value) => sum + value, 0) / p95.length;
  const { slope, halfWidth } = fitSlope(
    p95.map((_, index) => (index * windowMs) / 60_000),
    p95,
  );
  return {
    kind: "known",
    windows: windows.length,
    windowMs,
    least,
    p95Ms,
    perMinute: slope / p95Ms,
    interval: [(slope - halfWidth) / p95Ms, (slope + halfWidth) / p95Ms],
  };
}

function cutWindows(
  slices: readonly TimedSlice[],
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  windowMs: number,
): readonly Histogram[] {
  const windows = Array.from({ length: Math.floor((endMs - startMs) / windowMs) }, () => new Histogram());
  for (const slice of slices) {
    if (slice.responseMs === null || slice.startMs < startMs) continue;
    windows[Math.floor((slice.startMs - startMs) / windowMs)]?.merge(Histogram.decode(slice.responseMs));
  }
  return windows;
}
