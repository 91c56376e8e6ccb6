import { fitSlope, Histogram, samplesNeeded, type EncodedHistogram } from "@weir/stats";

const windowStepMs = 60_000;
/** A slope of fewer windows has an interval that says nothing. */
const leastWindows = 5;

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
 * The slope of the p95 of response times over windows of a minute, or of so many minutes that each has the 72 answers that a
 * p95 needs. Only whole windows count.
 */
export function findTrend(
  slices: readonly TimedSlice[],
  window: { readonly startMs: number; readonly endMs: number },
): Trend {
  const lengthMs = window.endMs - window.startMs;
  for (let windowMs = windowStepMs; windowMs * leastWindows <= lengthMs; windowMs += windowStepMs) {
    const windows = cutWindows(slices, window, windowMs);
    const least = Math.min(...windows.map(({ n }) => n));
    if (least < samplesNeeded.p95) continue;
    const p95 = windows.map((histogram) => histogram.quantile(0.95));
    const p95Ms = p95.reduce((sum, value) => sum + value, 0) / p95.length;
    const { slope, halfWidth } = fitSlope(
      p95.map((_, index) => (index * windowMs) / 60_000),
      p95,
    );
    const share = (value: number): number => value / p95Ms;
    return {
      kind: "known",
      windows: windows.length,
      windowMs,
      least,
      p95Ms,
      perMinute: share(slope),
      interval: [share(slope - halfWidth), share(slope + halfWidth)],
    };
  }
  const minutes = (lengthMs / 60_000).toFixed(1);
  if (lengthMs < windowStepMs * leastWindows)
    return {
      kind: "unknown",
      why: `too short: ${leastWindows} windows of a minute are needed, it was ${minutes} min`,
    };
  const answers = cutWindows(slices, window, windowStepMs).map(({ n }) => n);
  return {
    kind: "unknown",
    why: `too few answers: a window needs ${samplesNeeded.p95}, and some minutes had ${Math.min(...answers)}`,
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
