import type { EncodedHistogram } from "@weir/stats";
import type { Slice } from "../recording/slice-recorder.ts";
import { mergeHistograms } from "./progress-view.ts";

/** The seconds of several workers as one series: each is the sum of its like. */
export function mergeSlices(all: readonly (readonly Slice[])[]): readonly Slice[] {
  if (all.length === 1) return all[0]!;
  const length = Math.max(0, ...all.map((slices) => slices.length));
  return Array.from({ length }, (_, index) => {
    const same = all.map((slices) => slices[index]).filter((slice) => slice !== undefined);
    const sum = (of: (slice: Slice) => number): number => same.reduce((total, slice) => total + of(slice), 0);
    return {
      startMs: same[0]!.startMs,
      offered: sum((slice) => slice.offered),
      sent: sum((slice) => slice.sent),
      completed: sum((slice) => slice.completed),
      failed: sum((slice) => slice.failed),
      units: sum((slice) => slice.units),
      inFlight: sum((slice) => slice.inFlight),
      serviceMs: mergeEncoded(same.map((slice) => slice.serviceMs)),
      responseMs: mergeEncoded(same.map((slice) => slice.responseMs)),
      endedMs: mergeEnds(same.map((slice) => slice.endedMs)),
    };
  });
}

function mergeEnds(ends: readonly Slice["endedMs"][]): Slice["endedMs"] {
  const given = ends.filter((end) => end !== null);
  if (given.length === 0) return null;
  return {
    first: Math.min(...given.map((end) => end.first)),
    last: Math.max(...given.map((end) => end.last)),
  };
}

function mergeEncoded(histograms: readonly (EncodedHistogram | null)[]): EncodedHistogram | null {
  const given = histograms.filter((histogram) => histogram !== null);
  return given.length === 0 ? null : mergeHistograms(given).encode();
}
