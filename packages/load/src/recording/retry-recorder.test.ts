import { describe, expect, it } from "vitest";
import { RequestClocks } from "./request-clocks.ts";
import { RetryRecorder } from "./retry-recorder.ts";

const clocksOf = (attempt: number): RequestClocks => {
  const clocks = new RequestClocks();
  clocks.begin(0);
  clocks.attempt = attempt;
  clocks.endMs = 40;
  return clocks;
};

describe("RetryRecorder", () => {
  it("counts requests and attempts apart, and those that the end cut off", () => {
    const recorder = new RetryRecorder();
    for (const attempt of [1, 2, 1, 1]) recorder.attempt(attempt);
    recorder.end(clocksOf(1), "again");
    recorder.end(clocksOf(2), "recovered");
    recorder.end(clocksOf(1), "given-up");
    recorder.end(clocksOf(1), "cut-off");
    // It waited to be sent again, and never was.
    recorder.end(clocksOf(0), "cut-off");
    const merged = new RetryRecorder();
    merged.merge(recorder.encode());
    expect(merged.summarise()).toMatchObject({
      requests: 3,
      attempts: 4,
      recovered: 1,
      givenUp: 1,
      cutOff: 1,
      responseMs: { n: 1, p50: 40 },
    });
  });
});
