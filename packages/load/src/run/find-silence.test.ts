import { describe, expect, it } from "vitest";
import { RequestClocks } from "../recording/request-clocks.ts";
import { SliceRecorder, type Slice } from "../recording/slice-recorder.ts";
import { findSilence } from "./find-silence.ts";

/** Answers at these times, each sent 5 ms before; `open` requests are never answered. */
function slicesOf(endsMs: readonly number[], open: number, endMs: number): readonly Slice[] {
  const recorder = new SliceRecorder(0);
  for (let sent = 0; sent < open; sent += 1) recorder.send(1);
  for (const atMs of endsMs) {
    const clocks = new RequestClocks();
    clocks.begin(atMs - 5);
    clocks.sentMs = atMs - 5;
    clocks.endMs = atMs;
    recorder.send(clocks.sentMs);
    recorder.end(clocks, { kind: "completed", units: 1, truncated: undefined });
  }
  return recorder.finish(endMs);
}
const window = { startMs: 0, endMs: 6000 };

describe("findSilence", () => {
  it("finds the time in which users waited and none was answered", () => {
    expect(findSilence(slicesOf([100, 2000, 5700], 4, 6000), window, 20)).toEqual({
      startMs: 2000,
      endMs: 5700,
    });
    expect(findSilence(slicesOf([100, 2400], 4, 6000), window, 20)).toEqual({ startMs: 2400, endMs: 6000 });
  });

  it("is silent about what is short, usual, or nobody's waiting", () => {
    expect(findSilence(slicesOf([100, 2000, 4900], 4, 6000), window, 20)).toBeUndefined();
    expect(findSilence(slicesOf([100, 2000, 5700], 4, 6000), window, 400)).toBeUndefined();
    expect(findSilence(slicesOf([100, 2000, 5700], 0, 6000), window, 20)).toBeUndefined();
  });

  it("does not count the silence of the warm-up", () => {
    expect(findSilence(slicesOf([100, 4500], 4, 6000), { startMs: 3000, endMs: 6000 }, 20)).toBeUndefined();
  });
});
