import { Histogram, toDistribution, type Distribution } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { judgeGenerator } from "./generator-health.ts";
import { GeneratorMonitor } from "./generator-monitor.ts";
import type { GeneratorReading, MeasuredTimes } from "./generator-reading.ts";

function histogramOf(...groups: readonly (readonly [n: number, ms: number])[]): Histogram {
  const histogram = new Histogram();
  for (const [n, ms] of groups) for (let index = 0; index < n; index += 1) histogram.record(ms);
  return histogram;
}
const times = (...groups: readonly (readonly [n: number, ms: number])[]): Distribution =>
  toDistribution(histogramOf(...groups));

const nothing = histogramOf().encode();
const good: GeneratorReading = {
  watchedMs: 10_000,
  loopDelayMs: histogramOf([990, 0.5], [10, 30]).encode(),
  ownLagMs: nothing,
  connectionWaitMs: nothing,
  cpu: { cores: 0.2, eventLoopBusy: 0.2 },
};
const late = { ...good, loopDelayMs: histogramOf([900, 0.5], [100, 20]).encode() };
const answers = (ms: number): MeasuredTimes => ({
  service: times([1000, ms]),
  ttft: null,
  chunkGap: null,
  tpot: null,
});
const judge = (reading: GeneratorReading, measured = answers(10)): ReturnType<typeof judgeGenerator> =>
  judgeGenerator(reading, times(), measured);

describe("judgeGenerator", () => {
  it("believes a generator that was idle most of the time", () => {
    expect(judge(good)).toMatchObject({ valid: true, judged: true, reasons: [] });
  });

  it("does not believe one whose event loop was the bottleneck, and says what to do", () => {
    const health = judge({ ...good, cpu: { cores: 1, eventLoopBusy: 0.97 } });
    expect(health.valid).toBe(false);
    expect(health.reasons).toEqual([expect.stringMatching(/97 % of the time \(at most 90 %\).*--workers/)]);
  });

  it("holds each percentile of the delay against its own of what was measured", () => {
    expect(judge(late).reasons).toEqual([expect.stringContaining("20.0 ms late (p99; at most 5.0 ms")]);
    expect(judge(late, answers(300)).valid).toBe(true);
    expect(judge(late, { ...answers(0), service: times() }).valid).toBe(true);
    const always = { ...good, loopDelayMs: histogramOf([1000, 3]).encode() };
    expect(judge(always).reasons[0]).toContain("3.0 ms late (p50; at most 2.0 ms");
  });

  it("does not let the delay excuse itself by the answers that it made slow", () => {
    const stalls = { ...good, loopDelayMs: histogramOf([900, 0.5], [100, 107]).encode() };
    const spoiled = { ...answers(0), service: times([900, 7], [100, 109]) };
    expect(judge(stalls, spoiled).reasons).toEqual([expect.stringContaining("beside a service time of 109")]);
  });

  it("holds it against the smallest thing that is reported: chunk gaps of a stream, not its whole time", () => {
    const stream = { ...answers(2000), ttft: times([1000, 400]), chunkGap: times([50_000, 20]) };
    expect(judge(late, { ...stream, chunkGap: null }).valid).toBe(true);
    expect(judge(late, stream).reasons).toEqual([expect.stringContaining("chunk gap of 20.0 ms")]);
  });

  it("judges how late the generator was with what was due, alone and beside answers", () => {
    const slipped = { ...good, ownLagMs: histogramOf([900, 0.5], [100, 67]).encode() };
    expect(judge(slipped, answers(1000)).reasons).toEqual([
      expect.stringMatching(/did not keep its schedule.*67\.\d ms late \(p99; at most 50 ms\)/),
    ]);
    expect(judge(slipped).reasons).toHaveLength(2);
    const slightly = { ...good, ownLagMs: histogramOf([1000, 1]).encode() };
    expect(judge(slightly).valid).toBe(true);
  });

  it("does not take waiting for a connection for its own doing", () => {
    const waited = { ...good, connectionWaitMs: histogramOf([1000, 900]).encode() };
    expect(judge(waited).valid).toBe(true);
  });

  it("does not judge what it saw too little of", () => {
    const short = { ...late, watchedMs: 300, cpu: { cores: 1, eventLoopBusy: 0.99 } };
    expect(judge(short)).toMatchObject({ valid: true, judged: false, reasons: [] });
    // One stall at the start is no tail yet.
    const start = histogramOf([140, 0.5], [5, 40]).encode();
    expect(judge({ ...late, watchedMs: 1500, loopDelayMs: start })).toMatchObject({
      valid: true,
      judged: true,
    });
  });
});

describe("GeneratorMonitor", () => {
  it("weights a stall by how long it lasts", async () => {
    const monitor = new GeneratorMonitor();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const until = performance.now() + 120;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const { loopDelayMs, cpu, watchedMs } = monitor.finish();
    const delay = Histogram.decode(loopDelayMs);
    expect(delay.max).toBeGreaterThan(90);
    // Looks every 10 ms: 12 of them fell into the stall, whatever else held this thread up.
    expect(delay.n).toBeGreaterThanOrEqual(14 * 100);
    expect(delay.quantile(0.75)).toBeGreaterThan(30);
    expect(cpu.eventLoopBusy).toBeGreaterThan(0.1);
    expect(cpu.cores).toBeGreaterThan(0);
    expect(watchedMs).toBeGreaterThan(170);
  });

  it("weights a stall of a closed loop by the answers that it held up", async () => {
    const monitor = new GeneratorMonitor(() => ({ inFlight: 2, ended: 100_000 }));
    // Real time at rest, twice the stall's: by time alone the stall would decide the quantile below.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const until = performance.now() + 50;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const delay = Histogram.decode(monitor.finish().loopDelayMs);
    expect(delay.max).toBeGreaterThan(30);
    // Two of many thousand answers waited, for a third of the time.
    expect(delay.quantile(0.75)).toBeLessThan(30);
  });

  it("forgets what was before the window", async () => {
    const monitor = new GeneratorMonitor();
    const until = performance.now() + 60;
    while (performance.now() < until);
    monitor.act(performance.now() - 500);
    monitor.restart();
    await new Promise((resolve) => setTimeout(resolve, 1));
    monitor.act(performance.now());
    const reading = monitor.finish();
    const watched = reading.watchedMs;
    expect(Histogram.decode(reading.loopDelayMs).quantile(1) || 0).toBeLessThanOrEqual(watched);
    expect(Histogram.decode(reading.ownLagMs).n).toBe(1);
    expect(Histogram.decode(reading.ownLagMs).max).toBeLessThan(500);
  });
});
