import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startEmbeddingServer } from "../fixtures/embedding-server.ts";
import { planFor } from "../fixtures/plan-for.ts";
import { RequestClocks } from "../recording/request-clocks.ts";
import { runLoad } from "../run/run-load.ts";
import { sampleColumns, type SampleColumn } from "./sample-row.ts";
import { SampleSpool, type SampleFile } from "./sample-spool.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "weir-samples-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function readRows(file: SampleFile): Promise<Record<SampleColumn, number>[]> {
  const bytes = await readFile(file.path);
  const values = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const width = sampleColumns.length;
  expect(values.length).toBe(file.rows * width);
  return Array.from({ length: file.rows }, (_, row) => {
    const entries = sampleColumns.map((name, column) => [name, values[row * width + column]!] as const);
    return Object.fromEntries(entries) as Record<SampleColumn, number>;
  });
}

describe("raw rows of a run", () => {
  it.each([1, 2])("hold every attempt of every request, a file for each of %i workers", async (workers) => {
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index % 5 !== 4) return false;
      response.writeHead(503, { "retry-after-ms": "1" }).end("full");
      return true;
    });
    const plan = planFor(server.url, { users: 3, warmupMs: 20, stop: { requests: 40 } });
    const result = await runLoad(
      { ...plan, transport: { ...plan.transport, retries: 1 } },
      { workers, samples: { directory } },
    );
    const files = result.samples!;
    expect(files.map((file) => [file.worker, file.dropped, file.problem])).toEqual(
      Array.from({ length: workers }, (_, worker) => [worker, 0, undefined]),
    );
    const rows = (await Promise.all(files.map(readRows))).flat();
    expect(rows).toHaveLength(server.requests.length);
    const first = rows.filter((row) => row.attempt === 0);
    const inWindow = first.filter((row) => row.phase === 1);
    expect(inWindow.filter((row) => row.outcome === 0)).toHaveLength(result.counts.completed);
    expect(inWindow.filter((row) => row.outcome === 1)).toHaveLength(result.counts.failed.total);
    const said = await Promise.all(
      files.map(async (file) =>
        (await readRows(file)).map((row) => [row.outcome, row.status, row.units, file.failures[row.failure]]),
      ),
    );
    expect(new Set(said.flat().map((row) => JSON.stringify(row)))).toEqual(
      new Set(["[0,200,2,null]", '[1,503,0,"http-503"]']),
    );
    for (const row of rows) {
      const times = [row.sentUs, row.headersUs, row.firstByteUs, row.endUs];
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(row.dueUs).toBeLessThanOrEqual(row.sentUs);
      expect(row.bodyBytes).toBeGreaterThan(0);
    }
    // A request that was sent again keeps its number.
    for (const again of rows.filter((row) => row.attempt === 1))
      expect(first.some((row) => row.user === again.user && row.request === again.request)).toBe(true);
  });
});

describe("SampleSpool", () => {
  const clocks = new RequestClocks();

  it("writes more rows than its blocks hold, in order", async () => {
    const spool = await SampleSpool.create(directory, 0);
    for (let row = 0; row < 10_000; row += 1) {
      clocks.begin(row);
      spool.add(clocks, { kind: "cut-off" }, true, 0);
      if (row % 1000 === 999) await new Promise((resolve) => setImmediate(resolve));
    }
    const file = await spool.finish();
    const numbers = (await readRows(file)).map((row) => row.dueUs);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(file.rows + file.dropped).toBe(10_000);
  });

  it("drops rows and counts them when the disk cannot keep up, and takes no more memory", async () => {
    const spool = await SampleSpool.create(directory, 0);
    // Without a turn of the event loop no block is ever written.
    for (let row = 0; row < 30_000; row += 1) spool.add(clocks, { kind: "cut-off" }, true, 0);
    const file = await spool.finish();
    expect(file.rows).toBe(6 * 2048);
    expect(file.dropped).toBe(30_000 - 6 * 2048);
  });

  it("does not write over rows that are there", async () => {
    const spool = await SampleSpool.create(directory, 0);
    await expect(SampleSpool.create(directory, 0)).rejects.toThrow("EEXIST");
    await spool.finish();
  });
});
