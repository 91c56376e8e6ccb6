import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { sampleColumns, type SampleFile } from "@weir/load";
import { Histogram } from "@weir/stats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeSamples } from "../../samples/write-samples.ts";
import { makeRun, readFixture } from "../fixtures/make-runs.ts";
import { writeNotes } from "../run-notes.ts";
import { loadDuckDb } from "./load-duckdb.ts";
import { queryRuns, type QueryOptions, type QueryValue } from "./query-runs.ts";
import { storeViews } from "./store-views.ts";

let out = "";
beforeEach(async () => {
  out = await mkdtemp(path.join(tmpdir(), "weir-query-"));
});
afterEach(async () => {
  await rm(out, { recursive: true, force: true });
});

const ids = ["20261101T100000Z-00000a", "20261102T100000Z-00000b"] as const;

async function ask(sql: string, options: QueryOptions = {}): Promise<Record<string, QueryValue>[]> {
  return await queryRuns(
    [out],
    sql,
    async ({ columns, rows }) => {
      const objects: Record<string, QueryValue>[] = [];
      for await (const some of rows)
        for (const row of some)
          objects.push(Object.fromEntries(columns.map((name, place) => [name, row[place] ?? null])));
      return objects;
    },
    options,
  );
}

/** Lays down samples.parquet with rows of requests that took 10, 20, 30 ... ms. */
async function laySamples(folder: string, rows: number): Promise<void> {
  const values = new Float64Array(rows * sampleColumns.length).fill(Number.NaN);
  for (let row = 0; row < rows; row += 1) {
    const known = {
      request: row,
      phase: 1,
      dueUs: 0,
      sentUs: 0,
      endUs: (row + 1) * 10_000,
      outcome: 0,
      bodyBytes: 1,
    };
    for (const [name, value] of Object.entries(known))
      values[row * sampleColumns.length + sampleColumns.indexOf(name as keyof typeof known)] = value;
  }
  const spool: SampleFile = {
    path: path.join(folder, "spool"),
    worker: 0,
    rows,
    dropped: 0,
    problem: undefined,
    failures: [],
  };
  await writeFile(spool.path, new Uint8Array(values.buffer));
  await writeSamples([spool], [], path.join(folder, "samples.parquet"));
}

describe("the view runs", () => {
  it("has a row for every run and part, typed, with its whole record", async () => {
    const sweep = await makeRun(out, ids[0], { kind: "sweep", name: "it's", children: [ids[1]] });
    await writeNotes(await makeRun(sweep, ids[1]), { name: null, tags: ["a", "b"] });
    expect(
      await ask(
        `SELECT id, kind, name, parent, tags, year(started_at) AS year, users, completed + 1 AS more,
                ttft_p50_ms, record->>'$.plan.workload.model' AS model, limits
         FROM runs ORDER BY id`,
      ),
    ).toEqual([
      expect.objectContaining({
        id: ids[0],
        kind: "sweep",
        name: "it's",
        parent: null,
        tags: [],
        year: 2026,
      }),
      {
        id: ids[1],
        kind: "run",
        name: null,
        parent: ids[0],
        tags: ["a", "b"],
        year: 2026,
        users: 4,
        more: 9,
        ttft_p50_ms: 15.65625,
        model: "mock",
        limits: ["errors < 1%"],
      },
    ]);
  });

  it("leaves out what is damaged and says so; old runs are in it", async () => {
    await makeRun(out, ids[0]);
    await mkdir(path.join(out, "old"));
    await writeFile(path.join(out, "old", "run.json"), await readFixture("run-1-oldest"));
    await mkdir(path.join(out, "cut"));
    await writeFile(path.join(out, "cut", "run.json"), "{");
    const problems: string[] = [];
    const rows = await ask("SELECT output_tokens FROM runs ORDER BY started_at", {
      onProblems: (some) => void problems.push(...some),
    });
    expect(rows).toEqual([{ output_tokens: 1024 }, { output_tokens: null }]);
    expect(problems).toEqual([expect.stringContaining("no JSON")]);
  });

  it("has the columns that its description says, as do the others, with and without runs", async () => {
    const check = async (): Promise<void> => {
      for (const { name, columns } of storeViews) {
        const described = await ask(`DESCRIBE ${name}`);
        expect(described.map((row) => [row["column_name"], row["column_type"]])).toEqual(
          columns.map((column) => [column.name, column.type]),
        );
        expect(new Set(columns.map(({ meaning }) => meaning)).has("")).toBe(false);
      }
    };
    await check();
    await laySamples(await makeRun(out, ids[0]), 3);
    await check();
  });
});

it("has the seconds of runs, with quantiles where there are enough", async () => {
  const histogram = new Histogram();
  for (let ms = 1; ms <= 100; ms += 1) histogram.record(ms);
  const slices = [
    {
      startMs: 0,
      offered: 100,
      sent: 100,
      completed: 100,
      failed: 0,
      units: 300,
      inFlight: 2,
      responseMs: histogram.encode(),
      serviceMs: null,
    },
    {
      startMs: 1000,
      offered: 0,
      sent: 0,
      completed: 0,
      failed: 0,
      units: 0,
      inFlight: 2,
      responseMs: null,
      serviceMs: null,
    },
  ];
  await writeFile(
    path.join(await makeRun(out, ids[0]), "slices.json"),
    JSON.stringify({ schema: 1, sliceMs: 1000, slices }),
  );
  await writeFile(path.join(await makeRun(out, ids[1]), "slices.json"), "damaged");
  const problems: string[] = [];
  const rows = await ask("SELECT * FROM slices ORDER BY second", {
    onProblems: (some) => void problems.push(...some),
  });
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({
    run: ids[0],
    second: 0,
    units: 300,
    in_flight: 2,
    response_p99_ms: null,
    service_p50_ms: null,
  });
  expect(Number(rows[0]!["response_p95_ms"])).toBeCloseTo(95, 0);
  expect(rows[1]).toMatchObject({ second: 1, response_p95_ms: null });
  expect(problems).toEqual([expect.stringContaining("slices.json")]);
});

it("has the raw rows of runs, each with its run, past a file that was cut", async () => {
  await laySamples(await makeRun(out, ids[0]), 3);
  const cut = path.join(await makeRun(out, ids[1]), "samples.parquet");
  await writeFile(cut, (await readFile(path.join(out, ids[0], "samples.parquet"))).subarray(0, 200));
  const problems: string[] = [];
  expect(
    await ask(
      "SELECT run, count(*) AS n, max(endUs) / 1000 AS ms, any_value(status) AS status FROM samples GROUP BY run",
      {
        onProblems: (some) => void problems.push(...some),
      },
    ),
  ).toEqual([{ run: ids[0], n: 3, ms: 30, status: null }]);
  expect(problems).toEqual([`${cut} is damaged`]);
});

it("finds raw rows in folders of any name, and has every column of a file that lacks one", async () => {
  const odd = path.join(out, "it's [1] * what?");
  const folder = await makeRun(odd, ids[0]);
  await laySamples(folder, 2);
  await laySamples(await makeRun(out, ids[1]), 3);
  const file = path.join(folder, "samples.parquet");
  const copy = path.join(out, "copy.parquet");
  await ask(`COPY (SELECT request, endUs FROM samples WHERE run = '${ids[0]}') TO '${copy}'`);
  await rename(copy, file);
  expect(
    await ask(
      "SELECT run, count(*) AS n, count(phase) AS phases, count(endUs) AS ends FROM samples GROUP BY run ORDER BY run",
    ),
  ).toEqual([
    { run: ids[0], n: 2, phases: 0, ends: 2 },
    { run: ids[1], n: 3, phases: 3, ends: 3 },
  ]);
  await rm(path.join(out, ids[1]), { recursive: true });
  expect(await ask("SELECT count(serverMs) AS n FROM samples")).toEqual([{ n: 0 }]);
});

it("says what of SQL is wrong, and where DuckDB can be had", async () => {
  await expect(ask("SELECT nothing FROM runs")).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringContaining('"nothing" not found'),
  });
  await expect(
    loadDuckDb(() => Promise.reject(new Error("Cannot find package '@duckdb/node-api'"))),
  ).rejects.toMatchObject({
    code: "ENGINE_MISSING",
    message: expect.stringContaining("npm install @duckdb/node-api"),
  });
});

it("stops when told to, in the middle of a question", async () => {
  const controller = new AbortController();
  const asked = queryRuns(
    [out],
    "SELECT a.range, b.range FROM range(1000000) a, range(1000000) b",
    async ({ rows }) => {
      for await (const some of rows) if (some.length > 0) controller.abort();
    },
    { signal: controller.signal },
  );
  await expect(asked).rejects.toThrow("abort");
  const counted = ask("SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b", {
    signal: AbortSignal.timeout(200),
  });
  await expect(counted).rejects.toThrow("timeout");
});
