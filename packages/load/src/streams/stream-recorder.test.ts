import { describe, expect, it } from "vitest";
import { AnswerObservation } from "./answer-observation.ts";
import { StreamRecorder } from "./stream-recorder.ts";

/** A stream sent at 100, due at 90, whose chunks come at these times. */
function record(
  recorder: StreamRecorder,
  chunksAtMs: readonly number[],
  more: Partial<AnswerObservation>,
): void {
  const observed = new AnswerObservation();
  observed.begin();
  for (const atMs of chunksAtMs) observed.noteChunk(atMs, true);
  Object.assign(observed, more);
  recorder.record(observed, { dueMs: 90, sentMs: 100, endMs: 200 });
}

function createRecorders(): [StreamRecorder, StreamRecorder] {
  const one = new StreamRecorder();
  record(one, [110, 120, 140], { outputTokens: 4, inputTokens: 30, cachedInputTokens: 20, serverMs: 6 });
  record(one, [], { inputTokens: 10 });
  const other = new StreamRecorder();
  record(other, [150, 150], { firstToolCallMs: 150, lastToolCallMs: 170, serverQueueMs: 3, outputTokens: 1 });
  return [one, other];
}

describe("StreamRecorder", () => {
  it("takes times from when a request was sent and due, and tokens as servers counted them", () => {
    const summary = createRecorders()[0].summarise();
    expect(summary.ttftMs).toMatchObject({ n: 1, min: 10, max: 10 });
    expect(summary.ttftFromDueMs).toMatchObject({ n: 1, min: 20, max: 20 });
    expect(summary.tpotMs).toMatchObject({ n: 1, min: 10, max: 10 });
    expect(summary.chunkGapMs).toMatchObject({ n: 2, min: 10, max: 20 });
    expect(summary.serverMs).toMatchObject({ n: 1, min: 6 });
    // Of a stream it is what is left up to its first token.
    expect(summary.serverRestMs).toMatchObject({ n: 1, min: 4 });
    expect(summary.firstToolCallMs).toBeNull();
    expect(summary.tokens).toEqual({ input: 40, cachedInput: 20, cachedInputOf: 30, output: 4 });
    expect(summary.usageKnownOf).toBe(1);
  });

  it("merges exactly, also through what a worker sends", () => {
    const [one, other] = createRecorders();
    const merged = new StreamRecorder();
    merged.merge(one);
    merged.merge(other);
    const received = new StreamRecorder();
    for (const recorder of [one, other]) received.mergeEncoded(structuredClone(recorder.encode()));
    expect(received.summarise()).toEqual(merged.summarise());
    expect(received.encode()).toEqual(merged.encode());
    expect(merged.summarise()).toMatchObject({
      ttftMs: { n: 2 },
      tpotMs: { n: 1 },
      firstToolCallMs: { n: 1, min: 50 },
      completeToolCallMs: { n: 1, min: 70 },
      serverQueueMs: { n: 1, min: 3 },
      tokens: { output: 5 },
      usageKnownOf: 2,
    });
  });
});
