import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readStrictSchema } from "../run/fixtures/read-strict-schema.ts";
import { startRun, type FinishedRun } from "../run/start-run.ts";
import type { ServerSideRequest } from "./watch-server.ts";
import type { MetricSeries } from "./metric-series.ts";

interface Asked {
  readonly path: string | undefined;
  readonly key: string | undefined;
}

/** A server that counts its requests as middleware does; `status` is what its metrics answer with. */
async function startServer(
  status = 200,
): Promise<AsyncDisposable & { readonly url: string; readonly asked: Asked[] }> {
  const asked: Asked[] = [];
  let [count, seconds] = [0, 0];
  const server = http.createServer((request, response) => {
    asked.push({ path: request.url, key: request.headers.authorization });
    if (request.url === "/metrics") {
      const labels = '{method="GET",route="/work"}';
      const lines = [
        "# TYPE http_request_duration_seconds histogram",
        `http_request_duration_seconds_sum${labels} ${seconds}`,
        `http_request_duration_seconds_count${labels} ${count}`,
        "# TYPE queue_length gauge",
        `queue_length ${count % 7}`,
      ];
      response.writeHead(status).end(`${lines.join("\n")}\n`);
      return;
    }
    const beganMs = performance.now();
    setTimeout(() => {
      response.end("done");
      count += 1;
      seconds += (performance.now() - beganMs) / 1000;
    }, 10);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

describe("a run beside the metrics of its server", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-runs-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true });
  });

  async function run(
    url: string,
    serverSide: ServerSideRequest | undefined,
    requests = 30,
  ): Promise<FinishedRun> {
    const finished = await startRun({
      url,
      workload: {
        kind: "http",
        requests: [{ method: "GET", path: "/work", headers: {}, body: undefined }],
        expect: "2xx",
      },
      users: 3,
      seed: 1,
      durationMs: undefined,
      requests,
      stopFailures: 5,
      warmupMs: 0,
      limits: [],
      headers: { Authorization: "Bearer secret" },
      timeoutMs: 10_000,
      outDirectory: out,
      name: undefined,
      serverSide,
    });
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(await readStrictSchema());
    validate(JSON.parse(JSON.stringify(finished.record)));
    expect(validate.errors ?? []).toEqual([]);
    expect(finished.folderProblem).toBeUndefined();
    return finished;
  }

  it("counts what the server counts, divides the time, and keeps the series", async () => {
    await using server = await startServer();
    // At least two looks are had: before and after.
    const { record, folder } = await run(server.url, { metricsUrl: `${server.url}/metrics` });
    const { metrics, where, series } = record.server!;
    expect(metrics).toMatchObject({
      url: `${server.url}/metrics`,
      software: "an HTTP server",
      failedLooks: 0,
      requests: 30,
    });
    expect(metrics!.looks).toBeGreaterThanOrEqual(2);
    // A timer of 10 ms may fire a moment early.
    expect(metrics!.timesMs.request!.mean).toBeGreaterThan(9);
    const total = where!.parts.reduce((sum, { ms }) => sum + ms, 0);
    expect(total).toBeCloseTo(record.summary.latencyMs.response.mean!, 6);
    expect(where!.parts.map(({ part }) => part)).toContain("server");
    expect(series).not.toBeNull();
    const written = JSON.parse(await readFile(path.join(folder, "server.json"), "utf8")) as {
      metrics: MetricSeries;
    };
    const counted =
      written.metrics.counters['http_request_duration_seconds_count{method="GET",route="/work"}'];
    expect(counted!.reduce((sum, value) => sum + value, 0)).toBe(30);
    expect(written.metrics.atMs).toHaveLength(counted!.length);
    expect(server.asked.filter((one) => one.path === "/metrics" && one.key !== "Bearer secret")).toEqual([]);
  });

  it("does not hand keys to another server", async () => {
    await using server = await startServer();
    await using other = await startServer();
    await run(server.url, { metricsUrl: `${other.url}/metrics` });
    expect(other.asked.length).toBeGreaterThanOrEqual(2);
    expect(other.asked.every(({ key }) => key === undefined)).toBe(true);
    expect(server.asked.every((one) => one.path === "/work")).toBe(true);
  });

  it("sends a server of any kind nothing beside the load, and says where there are no metrics that it was told of", async () => {
    await using server = await startServer(404);
    const unasked = await run(server.url, undefined);
    expect(unasked.record.server).toMatchObject({ metrics: null, where: null });
    expect(server.asked).toHaveLength(30);
    const { record } = await run(server.url, { metricsUrl: `${server.url}/metrics` });
    expect(record.server!.notes).toContain(`metrics: ${server.url}/metrics could not be read: status 404.`);
    expect(server.asked).toHaveLength(61);
  });

  it("leaves the server alone where it is to", async () => {
    await using server = await startServer();
    const { record, folder } = await run(server.url, { watched: false });
    expect(record.server).toBeNull();
    expect((await readdir(folder)).toSorted()).toEqual(["run.json", "slices.json"]);
    expect(server.asked).toHaveLength(30);
  });

  it("has its result where the server ends on the way", async () => {
    const server = await startServer();
    const finishing = run(server.url, { metricsUrl: `${server.url}/metrics` }, 5000);
    while (server.asked.length < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    await server[Symbol.asyncDispose]();
    const { record } = await finishing;
    expect(record.server!.metrics!.failedLooks).toBeGreaterThan(0);
    expect(record.summary.failed.total).toBeGreaterThan(0);
  });
});
