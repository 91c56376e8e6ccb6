import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { runLoad, type LoadPlan, type LoadResult } from "@weir/load";
import { createClosedLoopSchedule } from "@weir/stats";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeSamples } from "./write-samples.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "weir-parquet-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function load(requests: number, workers: number): Promise<LoadResult> {
  let seen = 0;
  const server = http.createServer((_, response) => {
    seen += 1;
    if (seen % 4 === 0) response.writeHead(503).end("full");
    else response.setHeader("server-timing", "total;dur=0.25").end("answer");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const plan: LoadPlan = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    workload: {
      kind: "http",
      requests: [{ method: "GET", path: "/", headers: {}, body: undefined }],
      expect: "2xx",
    },
    schedule: createClosedLoopSchedule({ users: 3, seed: 1 }),
    stop: { durationMs: undefined, requests },
    warmupMs: 0,
    transport: { headers: {}, connectTimeoutMs: 5000, timeoutMs: 5000 },
  };
  try {
    return await runLoad(plan, { workers, samples: { directory } });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("samples.parquet", () => {
  it.each([1, 2])("has a row for every request of %i workers, and the spools are gone", async (workers) => {
    const result = await load(40, workers);
    const file = path.join(directory, "samples.parquet");
    expect(await writeSamples(result.samples!, [], file)).toEqual({ rows: 40, dropped: 0, problem: null });
    for (const { path: spool } of result.samples!) expect(existsSync(spool)).toBe(false);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file) });
    expect(rows).toHaveLength(40);
    const completed = rows.filter((row) => row["outcome"] === "completed");
    expect(completed).toHaveLength(result.counts.completed);
    for (const row of rows) {
      expect(row).toMatchObject({ phase: "window", attempt: 0, part: null, firstTokenUs: null });
      const times = ["dueUs", "sentUs", "headersUs", "firstByteUs", "endUs"].map((name) => Number(row[name]));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
    for (const row of rows.filter(({ outcome }) => outcome === "failed"))
      expect(row).toMatchObject({
        status: 503,
        failure: "http-503",
        units: 0,
        serverMs: null,
        restMs: null,
      });
    for (const row of completed) {
      expect(row).toMatchObject({ status: 200, failure: null, bodyBytes: 6n, serverMs: 0.25 });
      const serviceMs = (Number(row["endUs"]) - Number(row["sentUs"])) / 1000;
      expect(row["restMs"]).toBeCloseTo(serviceMs - 0.25, 9);
    }
    // The slowest of the rows is the slowest of the histogram.
    const responsesMs = completed.map((row) => (Number(row["endUs"]) - Number(row["dueUs"])) / 1000);
    expect(Math.max(...responsesMs)).toBeCloseTo(result.latencyMs.response.max!, 6);
  });

  it("is written in groups of rows, so that memory is bounded", async () => {
    const result = await load(25_000, 1);
    const file = path.join(directory, "samples.parquet");
    await writeSamples(result.samples!, [], file);
    const { row_groups, num_rows } = await parquetMetadataAsync(await asyncBufferFromFile(file));
    expect(row_groups.map((group) => Number(group.num_rows))).toEqual([20_000, 5000]);
    expect(Number(num_rows)).toBe(25_000);
  });

  it("leaves the rows where they are when it cannot be written", async () => {
    const result = await load(5, 1);
    const [spool] = result.samples!;
    const before = await readFile(spool!.path);
    await expect(
      writeSamples(result.samples!, [], path.join(directory, "nowhere", "samples.parquet")),
    ).rejects.toThrow("ENOENT");
    expect(await readFile(spool!.path)).toEqual(before);
  });
});
