import { describe, expect, it } from "vitest";
import { findKnownServer, isKnownMetric } from "./known-metrics.ts";
import { growthOf, MetricsLog } from "./metrics-log.ts";
import { toMetricSeries } from "./metric-series.ts";
import { parseExposition } from "./parse-exposition.ts";
import { histogramQuantile, readMetrics } from "./read-metrics.ts";
import type { MetricFigures } from "./server-record.ts";

function logOf(...texts: readonly string[]): MetricsLog {
  const log = new MetricsLog(isKnownMetric);
  for (const [index, text] of texts.entries())
    log.add(index * 1000, parseExposition(text)!, index === texts.length - 1);
  return log;
}

function read(texts: readonly string[], completed = 0): MetricFigures & { readonly software: string } {
  const log = logOf(...texts);
  const known = findKnownServer(log.columns.map(({ name }) => name))!;
  const window = { startMs: 0, endMs: 60_000 };
  return { software: known.software, ...readMetrics(known, log.columns, log.rows, window, completed) };
}

/** A histogram of two sorts of values: so many of 5 ms and so many of 500 ms. */
const histogram = (name: string, labels: string, short: number, long: number, sum: number): string =>
  [
    `# TYPE ${name} histogram`,
    `${name}_bucket{${labels}le="0.01"} ${short}`,
    `${name}_bucket{${labels}le="1.0"} ${short + long}`,
    `${name}_bucket{${labels}le="+Inf"} ${short + long}`,
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${short + long}`,
  ].join("\n");

describe("metrics of servers", () => {
  it("of vLLM", () => {
    const look = (n: number, waiting: number): string =>
      [
        histogram("vllm:e2e_request_latency_seconds", 'model_name="m",', n, n, 0.505 * n),
        histogram("vllm:request_queue_time_seconds", 'model_name="m",', 2 * n, 0, 0.01 * n),
        histogram("vllm:request_inference_time_seconds", 'model_name="m",', n, n, 0.48 * n),
        histogram("vllm:time_to_first_token_seconds", 'model_name="m",', 2 * n, 0, 0.014 * n),
        `vllm:num_requests_waiting{model_name="m"} ${waiting}`,
        `vllm:kv_cache_usage_perc{model_name="m",engine="0"} 0.2`,
        `vllm:kv_cache_usage_perc{model_name="m",engine="1"} 0.3`,
        `# TYPE vllm:prefix_cache_queries counter`,
        `vllm:prefix_cache_queries_total{model_name="m"} ${100 * n}`,
        `vllm:prefix_cache_hits_total{model_name="m"} ${40 * n}`,
      ].join("\n");
    const figures = read([look(100, 0), look(120, 6), look(150, 3)]);
    expect(figures).toMatchObject({ software: "vLLM", requests: 100, cacheHitShare: 0.4, batch: null });
    expect(figures.timesMs.request!.mean).toBeCloseTo(252.5, 6);
    expect(figures.timesMs.queue).toMatchObject({ mean: expect.closeTo(5, 6) as number });
    expect(figures.timesMs.model!.mean).toBeCloseTo(240, 6);
    expect(figures.timesMs.firstToken!.mean).toBeCloseTo(7, 6);
    // Half of them are within the first bucket, the others within the second.
    expect(figures.timesMs.request!.p50).toBeCloseTo(10, 6);
    expect(figures.timesMs.request!.p95).toBeCloseTo(10 + 990 * 0.9, 6);
    expect(figures.levels).toMatchObject({
      waiting: { mean: 3, max: 6 },
      running: null,
      cacheUse: { mean: 0.25, max: 0.25 },
    });
  });

  it("of Weir, its own routes left out", () => {
    const look = (n: number): string =>
      [
        histogram(
          "weir_request_duration_seconds",
          'route="/v1/embeddings",model="m",outcome="ok",',
          n,
          0,
          0.02 * n,
        ),
        histogram("weir_request_duration_seconds", 'route="/metrics",model="",outcome="ok",', 9 * n, 0, n),
        histogram(
          "weir_request_duration_seconds",
          'route="/v1/embeddings",model="m",outcome="refused",',
          n,
          0,
          5 * n,
        ),
        histogram("weir_phase_duration_seconds", 'phase="queue",model="m",', n, 0, 0.012 * n),
        histogram("weir_phase_duration_seconds", 'phase="infer",model="m",', n, 0, 0.006 * n),
        histogram("weir_phase_duration_seconds", 'phase="encode",model="m",', n, 0, 0.001 * n),
        `weir_cache_hits_total{model="m",source="ram"} ${n}`,
        `weir_cache_misses_total{model="m"} ${3 * n}`,
        'weir_queue_jobs{model="m",class="bulk"} 2',
        'weir_queue_jobs{model="m",class="interactive"} 3',
      ].join("\n");
    // A label's first count makes its series.
    const figures = read(["weir_models_loaded 1", look(10)]);
    expect(figures).toMatchObject({ software: "Weir", requests: 10, cacheHitShare: 0.25 });
    expect(figures.timesMs.request!.mean).toBeCloseTo(20, 6);
    expect(figures.timesMs.queue!.mean).toBeCloseTo(12, 6);
    expect(figures.timesMs.model!.mean).toBeCloseTo(6, 6);
    expect(figures.levels.waiting).toEqual({ mean: 5, max: 5 });
  });

  it("of Triton, in microseconds, and of llama.cpp, which counts no requests", () => {
    const triton = (n: number): string =>
      [
        `nv_inference_request_success{model="m",version="1"} ${n}`,
        `nv_inference_request_duration_us{model="m",version="1"} ${9000 * n}`,
        `nv_inference_queue_duration_us{model="m",version="1"} ${4000 * n}`,
        `nv_inference_compute_input_duration_us{model="m",version="1"} ${500 * n}`,
        `nv_inference_compute_infer_duration_us{model="m",version="1"} ${3000 * n}`,
        `nv_inference_compute_output_duration_us{model="m",version="1"} ${250 * n}`,
        `nv_inference_count{model="m",version="1"} ${8 * n}`,
        `nv_inference_exec_count{model="m",version="1"} ${2 * n}`,
      ]
        .map((line) => `# TYPE ${line.slice(0, line.indexOf("{"))} counter\n${line}`)
        .join("\n");
    const figures = read([triton(7), triton(27)]);
    expect(figures).toMatchObject({ software: "Triton", requests: 20, batch: 4 });
    expect(figures.timesMs).toEqual({
      request: { mean: 9, p50: null, p95: null },
      queue: { mean: 4, p50: null, p95: null },
      model: { mean: 3.75, p50: null, p95: null },
      firstToken: null,
    });
    const llama = (n: number): string =>
      `llamacpp:prompt_seconds_total ${0.2 * n}\nllamacpp:tokens_predicted_seconds_total ${1.3 * n}\nllamacpp:requests_deferred 4`;
    const { timesMs, requests, levels } = read([llama(0), llama(10)], 10);
    expect(requests).toBeNull();
    expect(timesMs.model!.mean).toBeCloseTo(1500, 6);
    expect(levels.waiting).toEqual({ mean: 4, max: 4 });
  });

  it("of any HTTP server, health and metrics left out", () => {
    const look = (n: number): string =>
      [
        histogram("http_request_duration_seconds", 'method="POST",route="/pdf",', 0, n, 0.5 * n),
        histogram("http_request_duration_seconds", 'method="GET",route="/metrics",', n, 0, n),
      ].join("\n");
    const figures = read([look(1), look(5)]);
    expect(figures.requests).toBe(4);
    expect(figures.timesMs.request!.mean).toBeCloseTo(500, 6);
  });

  it("are none where nothing of them is known", () => {
    expect(findKnownServer(["process_cpu_seconds_total", "my_queue_length"])).toBeUndefined();
  });
});

describe("MetricsLog", () => {
  it("counts on where a server began anew", () => {
    const log = logOf("a_total 100", "a_total 130", "a_total 5", "a_total 9");
    expect(growthOf(log.rows, 0)).toBe(39);
  });

  it("is bounded, whatever a server shows", () => {
    const log = new MetricsLog(isKnownMetric);
    const others = Array.from({ length: 3000 }, (_, index) => `other{n="${index}"} ${index}`).join("\n");
    for (let look = 0; look < 700; look += 1)
      log.add(
        look,
        parseExposition(`${look === 0 ? others : ""}\nvllm:num_requests_waiting ${look}`)!,
        false,
      );
    expect(log.columns.length).toBe(501);
    expect(log.rows.length).toBeLessThanOrEqual(600);
    expect(log.rows.length).toBeGreaterThanOrEqual(300);
  });

  it("is written as growth and levels, without what does not change", () => {
    const look = (n: number): string =>
      `# TYPE hits counter\nhits ${n * n}\nquiet_total 3\n# TYPE level gauge\nlevel ${n}\nlimit 8\nsome_bucket{le="1"} ${n}`;
    const log = logOf(look(1), look(2), look(3));
    expect(toMetricSeries(log.columns, log.rows)).toEqual({
      atMs: [0, 1000, 2000],
      counters: { hits: [0, 3, 5] },
      gauges: { level: [1, 2, 3] },
      constant: { limit: 8 },
    });
  });
});

describe("histogramQuantile", () => {
  it("is even within a bucket, and unknown beyond the last bound", () => {
    const buckets = [
      [1, 10],
      [2, 30],
      [Infinity, 40],
    ] as const;
    expect(histogramQuantile(buckets, 0.5)).toBeCloseTo(1.5);
    expect(histogramQuantile(buckets, 0.25, 1000)).toBeCloseTo(1000);
    expect(histogramQuantile(buckets, 0.95)).toBeNull();
    expect(histogramQuantile([], 0.5)).toBeNull();
  });
});
