import type { LoadResult, Slice } from "@weir/load";
import { createRandom, Histogram, toDistribution, type Distribution } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { isKnownMetric } from "./known-metrics.ts";
import { MetricsLog } from "./metrics-log.ts";
import { observe, type ServerSightings } from "./observe-server.ts";
import { parseExposition } from "./parse-exposition.ts";

function distributionOf(values: readonly number[]): Distribution {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return toDistribution(histogram);
}

const always = (value: number): Distribution => distributionOf(Array.from({ length: 100 }, () => value));

/** 40 s with 100 requests of so long, sent at once. */
function resultOf(streams: Partial<LoadResult["streams"]>, sliceMs: (second: number) => number): LoadResult {
  const slices = Array.from({ length: 40 }, (_, second) => {
    const responseMs = new Histogram();
    responseMs.record(sliceMs(second));
    return { startMs: second * 1000, responseMs: responseMs.encode() } as Slice;
  });
  return {
    window: { startMs: 0, endMs: 40_000 },
    counts: { completed: 100, sent: 100, cutOff: 0 },
    latencyMs: { response: always(1000), service: always(1000), lag: always(0) },
    streams: { ttftMs: null, serverMs: null, serverQueueMs: null, serverInferenceMs: null, ...streams },
    slices,
  } as unknown as LoadResult;
}

/** What vLLM says of 100 requests a 900 ms, of which 300 ms were waiting; `waiting` is its queue, second by second. */
function sightingsOf(requests: number, waiting: (second: number) => number): ServerSightings {
  const log = new MetricsLog(isKnownMetric);
  for (let second = 0; second <= 40; second += 1) {
    const done = (second / 40) * requests;
    const lines = [
      ["e2e_request_latency", 0.9],
      ["request_queue_time", 0.3],
      ["request_inference_time", 0.55],
    ].map(
      ([name, mean]) => `vllm:${name}_seconds_sum ${Number(mean) * done}\nvllm:${name}_seconds_count ${done}`,
    );
    const text = [...lines, `vllm:num_requests_waiting ${waiting(second)}`].join("\n");
    // Half a second into each second of a run that began at 5 s.
    log.add(5500 + second * 1000, parseExposition(text)!, second === 40);
  }
  return {
    process: undefined,
    readings: [],
    scraper: { url: "http://host/metrics", looks: 41, failedLooks: 0, everyMs: 1000, log },
    startMs: 5000,
    notes: [],
  };
}

describe("observe", () => {
  it("takes from metrics what streams cannot say at their head", () => {
    // The head left with the first token.
    const streams = { ttftMs: always(400), serverMs: always(395), serverQueueMs: always(300) };
    const { where } = observe(
      sightingsOf(100, () => 0),
      resultOf(streams, () => 1000),
    ).server;
    const parts = Object.fromEntries(where!.parts.map(({ part, ms }) => [part, Math.round(ms)]));
    expect(parts).toEqual({ "network and client": 100, "web layer": 50, queue: 300, model: 550 });
  });

  it("believes a stream that says at its end how long it took", () => {
    const streams = { ttftMs: always(400), serverMs: always(980) };
    const { where } = observe(
      sightingsOf(100, () => 0),
      resultOf(streams, () => 1000),
    ).server;
    expect(where!.parts[0]).toMatchObject({
      part: "network and client",
      ms: expect.closeTo(20, 6) as number,
    });
  });

  it("divides the time of completed requests where others were cut off", () => {
    const cutOff = new Histogram();
    cutOff.record(30_000);
    const completed = new Histogram();
    for (let index = 0; index < 40; index += 1) completed.record(1000);
    const atLeast = toDistribution(completed, cutOff);
    expect(atLeast.mean).toBeNull();
    const result = resultOf({}, () => 1000);
    const slices = result.slices.map((slice) => ({ ...slice, serviceMs: slice.responseMs }));
    const latencyMs = { ...result.latencyMs, response: atLeast, service: atLeast };
    const { where } = observe(
      sightingsOf(100, () => 0),
      { ...result, slices, latencyMs },
    ).server;
    expect(where!.responseMs).toBeCloseTo(1000, 6);
    expect(where!.parts.map(({ part }) => part)).toEqual([
      "network and client",
      "web layer",
      "queue",
      "model",
    ]);
  });

  it("sees the queue rise with the response time", () => {
    const random = createRandom(1);
    const queue = Array.from({ length: 41 }, () => Math.floor(20 * random()));
    const { together, notes } = observe(
      sightingsOf(100, (second) => queue[second]!),
      resultOf({}, (second) => 100 + 50 * queue[second]!),
    ).server;
    expect(together).toMatchObject({ what: "more requests waited in the server", seconds: 40 });
    expect(together!.correlation).toBeGreaterThan(0.98);
    expect(notes).toEqual([]);
  });

  it("says that others used the server", () => {
    const { notes } = observe(
      sightingsOf(250, () => 0),
      resultOf({}, () => 1000),
    ).server;
    expect(notes).toEqual([
      "the server counted 250 requests while this run sent 100: others used it too, and its metrics are of all of them.",
    ]);
  });
});
