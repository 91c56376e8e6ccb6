import type { RecordedServer } from "@weir/lab";
import { describe, expect, it } from "vitest";
import { createPaint } from "../console/paint.ts";
import { describeServer, describeWhere } from "./describe-server-side.ts";
import { resolveRunOptions } from "./resolve-run-options.ts";
import type { RunFlags } from "./run-flags.ts";

const serverSideOf = async (flags: RunFlags): Promise<unknown> =>
  (await resolveRunOptions("http://h:1", flags, {})).serverSide;

describe("flags of the server's side", () => {
  it("look at the server, where it says nothing else", async () => {
    expect(await serverSideOf({})).toEqual({ watched: true });
    expect(await serverSideOf({ serverMetrics: false })).toEqual({ watched: false });
    expect(await serverSideOf({ serverPid: "4711", metricsUrl: "gpu-box:8002" })).toEqual({
      watched: true,
      pid: 4711,
      metricsUrl: "http://gpu-box:8002/metrics",
    });
    expect(await serverSideOf({ metricsUrl: "https://h/prometheus?format=text" })).toMatchObject({
      metricsUrl: "https://h/prometheus?format=text",
    });
  });

  it("say all that is wrong with them", async () => {
    await expect(serverSideOf({ serverPid: "none", metricsUrl: "ftp://h/metrics" })).rejects.toThrow(
      /--server-pid: .*"none"[\s\S]*--metrics-url: .*ftp:/,
    );
    await expect(serverSideOf({ serverMetrics: false, metricsUrl: "http://h/metrics" })).rejects.toThrow(
      "--metrics-url and --no-server-metrics exclude each other",
    );
  });
});

const paint = createPaint({ write: () => true }, {});
const nothing: RecordedServer = {
  process: null,
  metrics: null,
  where: null,
  together: null,
  series: null,
  notes: [],
};

describe("the server's side in a run's table", () => {
  it("is nothing where nothing was seen", () => {
    for (const server of [null, nothing]) {
      expect(describeServer(server, paint)).toEqual([]);
      expect(describeWhere(server, paint)).toEqual([]);
    }
  });

  it("has bars for where the time went, and what it comes to", () => {
    const lines = describeWhere(
      {
        ...nothing,
        where: {
          responseMs: 200,
          parts: [
            { part: "network and client", ms: 50, share: 0.25, source: "difference" },
            { part: "queue", ms: 150, share: 0.75, source: "headers" },
          ],
          sentence: "75 % of a response is queue.",
        },
      },
      paint,
    );
    expect(lines.map((line) => line.trimEnd())).toEqual([
      "where the time went     mean  share",
      "network and client   50.0 ms   25 %  ██████",
      "queue                 150 ms   75 %  ██████████████████",
      "75 % of a response is queue.",
    ]);
  });

  it("has the processes in a line, then the metrics, then what must be known of them", () => {
    const rows = describeServer(
      {
        ...nothing,
        process: {
          pids: [123, 124, 125],
          name: "node",
          source: "listening on port",
          count: 3,
          rssBytes: { first: 509e6, max: 520e6, last: 512e6 },
          cpuCores: 1.84,
          threads: { max: 64 },
          openFiles: { max: 31 },
          diskReadBytes: 0,
          diskWrittenBytes: 48e6,
        },
        metrics: {
          url: "http://h/metrics",
          software: "vLLM",
          looks: 21,
          failedLooks: 2,
          everyMs: 1000,
          requests: 100,
          timesMs: {
            request: null,
            queue: null,
            model: null,
            firstToken: { mean: 80, p50: null, p95: null },
          },
          levels: { waiting: { mean: 3, max: 6 }, running: null, cacheUse: { mean: 0.25, max: 0.5 } },
          batch: null,
          cacheHitShare: 0.4,
        },
        notes: ["something else"],
      },
      paint,
    );
    expect(rows).toEqual([
      [
        "server",
        "pid 123 (node) and 2 more: 1.84 cores in use, 512 MB (+3 MB), 64 threads, 31 open files, 48 MB written",
      ],
      [
        "",
        "metrics of vLLM, 21 looks, 2 in vain: waiting 3.00 (at most 6.00), KV cache 25 % full (at most 50 %), cache hits 40 %, first token after 80.0 ms (mean)",
      ],
      ["", "something else"],
    ]);
  });
});
