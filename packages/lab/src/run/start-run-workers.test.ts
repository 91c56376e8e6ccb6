import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { ScheduleFeed } from "@weir/load";
import { createSchedule } from "@weir/stats";
import { Ajv } from "ajv";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunRecord } from "../record/run-record.ts";
import { readStrictSchema } from "./fixtures/read-strict-schema.ts";
import { startRun } from "./start-run.ts";

let out = "";
beforeEach(async () => {
  out = await mkdtemp(path.join(tmpdir(), "weir-runs-"));
});
afterEach(async () => {
  await rm(out, { recursive: true, force: true });
});

describe("startRun with workers, raw rows and repeated attempts", () => {
  it("records all of it as its schema says", async () => {
    let seen = 0;
    const server = http.createServer((_, response) => {
      seen += 1;
      // Every connection serves one request: the run has to say so.
      response.setHeader("connection", "close");
      if (seen % 5 === 0) response.writeHead(503, { "retry-after-ms": "2" }).end("full");
      else response.end("answer");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const finished = await startRun({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      workload: {
        kind: "http",
        requests: [{ method: "GET", path: "/", headers: {}, body: undefined }],
        expect: "2xx",
      },
      users: 3,
      seed: 1,
      durationMs: undefined,
      requests: 60,
      warmupMs: 0,
      limits: [],
      headers: {},
      timeoutMs: 5000,
      connection: { retries: 1 },
      outDirectory: out,
      name: undefined,
      workers: 2,
      samples: true,
    });
    server.closeAllConnections();
    server.close();
    expect(finished.folderProblem).toBeUndefined();
    const { summary, generator } = finished.record;
    const { attempts } = summary.retries!;
    expect(attempts).toBeGreaterThan(0);
    expect(summary.completed + summary.failed.total).toBe(60);
    expect(summary.samples).toEqual({ rows: 60 + attempts, dropped: 0, problem: null });
    expect(summary.connections.opened).toBe(60 + attempts);
    expect(summary.warnings).toEqual([expect.stringContaining("the server closes them")]);
    expect(generator.workers).toHaveLength(2);
    expect(await readdir(finished.folder)).toEqual(
      expect.arrayContaining(["run.json", "samples.parquet", "slices.json"]),
    );
    const file = await asyncBufferFromFile(path.join(finished.folder, "samples.parquet"));
    const rows = await parquetReadObjects({ file, columns: ["worker", "attempt"] });
    expect(rows.filter((row) => row["attempt"] === 1)).toHaveLength(attempts);
    expect(new Set(rows.map((row) => row["worker"]))).toEqual(new Set([0, 1]));
    await checkSchema(finished.record);
  });

  it("records a segment that was appended while it went, and when", async () => {
    const server = http.createServer((_, response) => response.end("answer"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const segment = { kind: "users", from: 2, to: 2, durationMs: 1500 } as const;
    const feed = new ScheduleFeed();
    let appended = false;
    const { record } = await startRun(
      {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        workload: {
          kind: "http",
          requests: [{ method: "GET", path: "/", headers: {}, body: undefined }],
          expect: "2xx",
        },
        users: 2,
        schedule: createSchedule({ seed: 1, segments: [segment], pace: { everyMs: 50, overrun: "skip" } }),
        seed: 1,
        durationMs: undefined,
        requests: undefined,
        warmupMs: 0,
        limits: [],
        headers: {},
        timeoutMs: 5000,
        outDirectory: out,
        name: undefined,
      },
      {
        feed,
        onProgress: () => {
          if (!appended) feed.append(segment);
          appended = true;
        },
      },
    );
    server.closeAllConnections();
    server.close();
    expect(record.schedule.segments).toEqual([segment, segment]);
    expect(record.schedule.appendedAtMs).toHaveLength(1);
    expect(record.schedule.appendedAtMs[0]).toBeLessThan(1500);
    expect(record.summary.attainment?.slots).toBe(120);
    await checkSchema(record);
  });
});

async function checkSchema(record: RunRecord): Promise<void> {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(await readStrictSchema());
  validate(JSON.parse(JSON.stringify(record)));
  expect(validate.errors ?? []).toEqual([]);
}
