import { Histogram, toDistribution, type Distribution } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { judgeGenerator } from "./generator-health.ts";
import { GeneratorMonitor } from "./generator-monitor.ts";

function latencies(n: number, ms: number): Distribution {
  const histogram = new Histogram();
  for (let index = 0; index < n; index += 1) histogram.record(ms);
  return toDistribution(histogram);
}

const good = {
  eventLoopDelayMs: { mean: 0.1, p50: 0.1, p99: 1, max: 30 },
  lagMs: toDistribution(new Histogram()),
  cpu: { cores: 0.2, eventLoopBusy: 0.2 },
  responseMs: latencies(100, 10),
};

describe("judgeGenerator", () => {
  it("believes a generator that was idle most of the time", () => {
    expect(judgeGenerator(good)).toMatchObject({ valid: true, reasons: [] });
  });

  it("does not believe one whose event loop was the bottleneck", () => {
    const health = judgeGenerator({ ...good, cpu: { cores: 1, eventLoopBusy: 0.97 } });
    expect(health.valid).toBe(false);
    expect(health.reasons).toEqual([expect.stringContaining("97 % of the time (at most 90 %)")]);
  });

  it("holds each percentile of the delay against its own of what was measured", () => {
    const late = { ...good, eventLoopDelayMs: { ...good.eventLoopDelayMs, p99: 20 } };
    expect(judgeGenerator(late).reasons).toEqual([
      expect.stringContaining("20.0 ms late (p99; at most 5.0 ms"),
    ]);
    expect(judgeGenerator({ ...late, responseMs: latencies(100, 300) }).valid).toBe(true);
    expect(judgeGenerator({ ...late, responseMs: latencies(0, 0) }).valid).toBe(true);
    const always = { ...good, eventLoopDelayMs: { ...good.eventLoopDelayMs, p50: 3 } };
    expect(judgeGenerator(always).reasons).toEqual([
      expect.stringContaining("3.0 ms late (p50; at most 1.0 ms"),
    ]);
  });
});

describe("GeneratorMonitor", () => {
  it("sees an event loop that is blocked", async () => {
    const monitor = new GeneratorMonitor();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const until = performance.now() + 120;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const { eventLoopDelayMs, cpu } = monitor.finish();
    expect(eventLoopDelayMs.max).toBeGreaterThan(90);
    expect(eventLoopDelayMs.p50).toBeLessThan(eventLoopDelayMs.max);
    expect(cpu.eventLoopBusy).toBeGreaterThan(0.1);
    expect(cpu.cores).toBeGreaterThan(0);
  });
});
