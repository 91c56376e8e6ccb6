import { describe, expect, it } from "vitest";
import { RequestClocks } from "./request-clocks.ts";
import { SliceRecorder } from "./slice-recorder.ts";

function complete(recorder: SliceRecorder, sentMs: number, endMs: number): void {
  const clocks = new RequestClocks();
  clocks.begin(sentMs);
  clocks.sentMs = sentMs;
  clocks.endMs = endMs;
  recorder.offer(sentMs);
  recorder.send(sentMs);
  recorder.end(clocks, { kind: "completed", units: 3, truncated: undefined });
}

describe("SliceRecorder", () => {
  it("puts a request into the second in which it ended, and leaves no second out", () => {
    const recorder = new SliceRecorder(5000);
    complete(recorder, 5100, 5200);
    complete(recorder, 5900, 8500);
    const slices = recorder.finish(8600);
    expect(slices.map((slice) => [slice.startMs, slice.sent, slice.completed, slice.units])).toEqual([
      [0, 2, 1, 3],
      [1000, 0, 0, 0],
      [2000, 0, 0, 0],
      [3000, 0, 1, 3],
    ]);
    expect(slices[1]).toMatchObject({ inFlight: 1, serviceMs: null, responseMs: null });
    expect(slices[3]).toMatchObject({ inFlight: 0, serviceMs: { n: 1, min: 2600 } });
  });

  it("counts a request as offered in the second in which it was due, however late it was admitted", () => {
    const recorder = new SliceRecorder(1000);
    for (const dueMs of [1000, 1500, 2000, 2500]) recorder.offer(dueMs);
    complete(recorder, 3100, 3200);
    for (const dueMs of [1700, 2900]) recorder.offer(dueMs);
    expect(recorder.recent(3300, 1000).offered).toBe(7);
    expect(recorder.finish(3400).map((slice) => slice.offered)).toEqual([3, 3, 1]);
  });

  it("keeps what was cut off in flight to the end", () => {
    const recorder = new SliceRecorder(0);
    complete(recorder, 100, 200);
    const clocks = new RequestClocks();
    clocks.begin(300);
    clocks.sentMs = 300;
    recorder.send(300);
    clocks.endMs = 2500;
    recorder.end(clocks, { kind: "cut-off" });
    const slices = recorder.finish(2500);
    expect(slices.map((slice) => slice.inFlight)).toEqual([1, 1]);
    expect(slices.map((slice) => slice.endedMs)).toEqual([{ first: 200, last: 200 }, null]);
  });

  it("looks back over five seconds, and not into the warm-up", () => {
    const recorder = new SliceRecorder(0);
    for (let second = 0; second < 20; second += 1)
      complete(recorder, second * 1000 + 100, second * 1000 + 200);
    const recent = recorder.recent(19_500, 0);
    expect(recent).toMatchObject({ completed: 6, units: 18, spanMs: 5500 });
    expect(recent.responseMs.n).toBe(6);
    expect(recorder.recent(19_500, 18_000)).toMatchObject({ completed: 2, spanMs: 1500 });
    expect(recorder.recent(60_000, 0)).toMatchObject({ completed: 0, spanMs: 5000 });
  });
});
