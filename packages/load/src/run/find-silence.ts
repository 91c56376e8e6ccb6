import type { Slice } from "../recording/slice-recorder.ts";

/** A time in which requests were in flight and none ended, in milliseconds from the start. */
export interface Silence {
  readonly startMs: number;
  readonly endMs: number;
}

const leastSilenceMs = 3000;
const silenceFactor = 10;

/**
 * The longest silence of a window, where it is long: 3 s and more, and ten times what an answer usually takes. Users who
 * wait for their answers send nothing meanwhile, so that no latency shows how long it was.
 */
export function findSilence(
  slices: readonly Slice[],
  window: { readonly startMs: number; readonly endMs: number },
  usualMs: number,
): Silence | undefined {
  let [beforeMs, busy] = [window.startMs, true];
  let longest: Silence | undefined;
  const note = (endMs: number): void => {
    const lengthMs = endMs - beforeMs;
    const known = longest === undefined ? 0 : longest.endMs - longest.startMs;
    if (busy && lengthMs > known) longest = { startMs: beforeMs, endMs };
  };
  for (const { startMs, endedMs, inFlight } of slices) {
    if (endedMs !== null && endedMs.last > window.startMs) {
      note(Math.max(beforeMs, endedMs.first));
      beforeMs = Math.max(beforeMs, endedMs.last);
      busy = true;
    }
    // Where nobody waits for an answer there is none to come.
    if (startMs >= window.startMs - 1000) busy &&= inFlight > 0;
  }
  note(window.endMs);
  if (longest === undefined) return undefined;
  const lengthMs = longest.endMs - longest.startMs;
  return lengthMs >= leastSilenceMs && lengthMs >= silenceFactor * usualMs ? longest : undefined;
}
