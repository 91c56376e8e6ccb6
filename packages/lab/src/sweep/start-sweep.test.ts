import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeRecord } from "../record/write-record.ts";
import { readStrictSchema } from "../run/fixtures/read-strict-schema.ts";
import { startEmbedServer } from "./fixtures/embed-server.ts";
import { startSweep, type FinishedSweep } from "./start-sweep.ts";
import { createMatrix } from "./sweep-matrix.ts";
import type { SweepRecord } from "./sweep-record.ts";
import type { SweepRequest } from "./sweep-request.ts";

const matrix = createMatrix({
  kind: "embeddings",
  quick: false,
  axes: { size: [40, 1_200], batch: [1, 4], concurrency: [1, 2] },
  maxConcurrency: undefined,
  maxSize: undefined,
});

describe("startSweep", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-sweeps-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  function requestFor(url: string, changes: Partial<SweepRequest> = {}): SweepRequest {
    return {
      url,
      source: { kind: "embeddings", dialect: "openai", model: "m", cache: "busted", directory: undefined },
      matrix,
      budget: { repeats: 2, leastRequests: 4, mostRequests: 4, timeMs: 0, matrixMs: null },
      confirmation: { rounds: 3, visitMs: 20, timeMs: 60_000 },
      warmupMs: 60,
      seed: 1,
      thresholds: { successShare: 1, unitsPerSecond: null, p95Ms: 60_000, efficiency: 100 },
      baseline: { batch: 2, concurrency: 1 },
      headers: {},
      timeoutMs: 20_000,
      connection: {},
      workers: 1,
      outDirectory: out,
      name: undefined,
      resume: undefined,
      ...changes,
    };
  }

  /** Every sweep, however it ended, leaves a run.json that its schema allows, and the folders that it names. */
  async function checkFolder(finished: FinishedSweep): Promise<SweepRecord> {
    expect(finished.folderProblem).toBeUndefined();
    const text = await readFile(path.join(finished.folder, "run.json"), "utf8");
    expect(text).toBe(encodeRecord(finished.record));
    const record: unknown = JSON.parse(text);
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
      await readStrictSchema("sweep-1"),
    );
    validate(record);
    expect(validate.errors ?? []).toEqual([]);
    const names = (await readdir(finished.folder)).filter((name) => name !== "run.json");
    expect(names.toSorted()).toEqual(finished.record.children.toSorted());
    return record as SweepRecord;
  }

  it("visits every case in each repeat, confirms what it found, and keeps every run", async () => {
    await using server = await startEmbedServer();
    const phases = new Set<string>();
    const finished = await startSweep(requestFor(server.url), {
      onProgress: ({ phase }) => phases.add(phase),
    });
    const record = await checkFolder(finished);
    expect([...phases]).toEqual(["warming-up", "measuring", "confirming"]);
    expect(record.cases.map(({ id, visits }) => [id, visits])).toEqual(matrix.cases.map(({ id }) => [id, 2]));
    expect(record.summary).toMatchObject({ unit: "texts", failed: 0, end: { kind: "finished" } });
    expect(record.summary.visitsMeasured).toBe(record.summary.visitsPlanned);
    for (const { completed, settings } of record.cases)
      expect(completed).toBeGreaterThanOrEqual(4 * settings.concurrency!);
    expect(record.vectors).toMatchObject({ dimensions: 2, problems: [], texts: 4 });
    expect(record.vectors!.underLoad).toBeGreaterThan(0);
    const uses = record.recommendations.flatMap((each) => each.uses);
    expect(uses.toSorted()).toEqual(["1000-to-3000", "below-1000", "latency", "throughput"]);
    // A request takes as long whatever is in it: four texts beat one by far.
    const best = record.recommendations.find((each) => each.uses.includes("throughput"))!;
    expect(best).toMatchObject({ picked: { batch: 4 }, baseline: { batch: 2, concurrency: 1 } });
    const confirmed = record.visits.filter(({ purpose }) => purpose === "confirmation");
    // Both of two pairs in three rounds; more where the generator did not keep up.
    expect(confirmed.length).toBeGreaterThanOrEqual(2 * 2 * 3);
    expect(record.config.throughput).toMatchObject({ batchSize: best.choice.batch });
    expect(record.projections.map(({ times }) => times.length)).toEqual([3, 3]);
    // On a machine too busy to measure, that is what it says.
    expect([0, 5]).toContain(finished.exitCode);
  });

  it("keeps what was measured when it is interrupted, and goes on from there", async () => {
    await using server = await startEmbedServer();
    const interrupt = new AbortController();
    const first = await startSweep(requestFor(server.url), {
      signal: interrupt.signal,
      onProgress: ({ done }) => done === 5 && interrupt.abort(),
    });
    expect(first.exitCode).toBe(130);
    const before = await checkFolder(first);
    expect(before.visits).toHaveLength(5);
    expect(before.verdict).toMatchObject({ kind: "interrupted" });

    const other = requestFor(server.url, { resume: first.folder, seed: 2 });
    await expect(startSweep(other)).rejects.toThrow("got another seed");
    await expect(startSweep(requestFor(server.url, { resume: out }))).rejects.toThrow(
      "--resume: expected the folder of a sweep",
    );

    const second = await startSweep(requestFor(server.url, { resume: first.folder }));
    expect(second.folder).toBe(first.folder);
    const after = await checkFolder(second);
    expect(after.id).toBe(before.id);
    expect(after.visits.slice(0, 5)).toEqual(before.visits);
    expect(after.summary.end).toEqual({ kind: "finished" });
    expect(after.resumedAt).toHaveLength(1);
    const matrixVisits = after.visits.filter(({ purpose }) => purpose === "matrix");
    expect(matrixVisits).toHaveLength(16);
    expect(new Set(matrixVisits.map((visit) => `${visit.case} ${visit.repeat}`)).size).toBe(16);
    expect(after.summary.elapsedMs).toBeGreaterThan(before.summary.elapsedMs);
  });

  it.each(["openai", "auto"] as const)(
    "says so where nothing is there from the start (%s)",
    async (dialect) => {
      const server = await startEmbedServer();
      await server.stop();
      const source = { ...requestFor("").source, dialect } as SweepRequest["source"];
      const finished = await startSweep(requestFor(server.url, { source }));
      const record = await checkFolder(finished);
      expect(finished.exitCode).toBe(6);
      expect(record.verdict.sentence.split("could not be measured")).toHaveLength(2);
      expect(record).toMatchObject({ cases: [], recommendations: [], config: {}, projections: [] });
    },
  );

  it("ends where the server dies on the way, with what was measured", async () => {
    await using server = await startEmbedServer();
    let last = 0;
    const finished = await startSweep(requestFor(server.url), {
      onProgress: ({ done }) => {
        last = done;
        if (done === 6) void server.stop();
      },
    });
    const record = await checkFolder(finished);
    expect(finished.exitCode).toBe(3);
    expect(record.verdict.kind).toBe("stopped");
    expect(record.summary.end).toMatchObject({ kind: "stopped" });
    expect(record.visits.length).toBeGreaterThanOrEqual(6);
    // It did not go through all the rest to find out.
    expect(last).toBeLessThan(10);
    expect(record.recommendations.length).toBeGreaterThan(0);
  });

  it("finds vectors that change under load", async () => {
    await using server = await startEmbedServer({ mixesUp: true });
    const finished = await startSweep(requestFor(server.url, { warmupMs: 300 }));
    const record = await checkFolder(finished);
    const flag = record.redFlags.find(({ kind }) => kind === "vectors");
    expect(flag?.sentence).toMatch(
      /The same text got another vector: \d+ times? of \d+, \d+ of them under load/,
    );
    expect([1, 5]).toContain(finished.exitCode);
  });

  it("goes on where a setting is refused, and recommends none of those", async () => {
    await using server = await startEmbedServer({ onEmbed: (texts) => (texts.length > 3 ? 413 : undefined) });
    const finished = await startSweep(requestFor(server.url));
    const record = await checkFolder(finished);
    expect(record.summary.end).toEqual({ kind: "finished" });
    const flag = record.redFlags.find(({ kind }) => kind === "success")!;
    expect(flag.cases).toHaveLength(4);
    expect(flag.causes).toMatchObject([{ cause: "batch", seen: true }]);
    for (const { choice } of record.recommendations) expect(choice.batch).toBeLessThan(4);
    expect([1, 5]).toContain(finished.exitCode);
  });

  it("still has its figures where nothing can be written any more", async () => {
    await using server = await startEmbedServer();
    const finished = await startSweep(requestFor(server.url), {
      onProgress: ({ done }) => {
        const folder = path.join(out, readdirSync(out)[0]!);
        if (done !== 4 || statSync(folder).isFile()) return;
        rmSync(folder, { recursive: true });
        writeFileSync(folder, "");
      },
    });
    const { record, folderProblem, exitCode } = finished;
    expect(folderProblem).toContain("run.json");
    expect(record.summary.end).toMatchObject({ kind: "stopped" });
    expect(record.visits).toHaveLength(4);
    expect(record.cases.length).toBeGreaterThan(0);
    expect(exitCode).toBe(3);
  });
});
