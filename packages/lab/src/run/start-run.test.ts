import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv } from "ajv";
import { createSchedule, Histogram } from "@weir/stats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseLimit } from "../record/limit.ts";
import type { RunRecord } from "../record/run-record.ts";
import { readStrictSchema } from "./fixtures/read-strict-schema.ts";
import { encodeRecord } from "../record/write-record.ts";
import { startRun, type FinishedRun } from "./start-run.ts";
import type { EmbeddingsRequest, RunRequest } from "./run-request.ts";

const embedding = { object: "embedding", index: 0, embedding: [0.6, 0.8] };
const answer = JSON.stringify({
  object: "list",
  model: "m",
  data: [embedding],
  usage: { prompt_tokens: 3, total_tokens: 3 },
  truncated_inputs: 0,
});

/** An OpenAI embedding server; `onEmbed` may take the n-th embedding request over. */
async function startServer(
  onEmbed: (index: number, response: http.ServerResponse) => boolean = () => false,
): Promise<AsyncDisposable & { readonly url: string; readonly keys: (string | undefined)[] }> {
  const keys: (string | undefined)[] = [];
  let index = -1;
  const server = http.createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      if (request.url === "/v1/models")
        return response.end('{"object":"list","data":[{"id":"m","object":"model"}]}');
      if (request.url === "/info") return response.end('{"model_id":"m","reference_weights":true}');
      if (request.url !== "/v1/embeddings") return response.writeHead(404).end("not here");
      keys.push(request.headers.authorization);
      index += 1;
      return onEmbed(index, response) || response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    keys,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

describe("startRun", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-runs-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  function requestFor(
    url: string,
    changes: Partial<Omit<RunRequest, "workload">> & { workload?: Partial<EmbeddingsRequest> } = {},
  ): RunRequest {
    const { workload, ...rest } = changes;
    return {
      url,
      workload: {
        kind: "embeddings",
        dialect: "openai",
        model: "m",
        texts: { source: "test", texts: ["one", "three"] },
        batch: 1,
        cache: "busted",
        ...workload,
      },
      users: 2,
      seed: 1,
      durationMs: undefined,
      requests: 10,
      warmupMs: 0,
      limits: [parseLimit("errors < 1%")],
      headers: {},
      timeoutMs: 5000,
      outDirectory: out,
      name: undefined,
      ...rest,
    };
  }

  /** Every run, however it ended, leaves a run.json that its schema allows and a slices.json that can be read. */
  async function checkFolder(finished: FinishedRun): Promise<RunRecord> {
    expect(finished.folderProblem).toBeUndefined();
    // Of what is on this machine, and is seen there, there are figures too.
    const seen = (finished.record.server?.series ?? null) === null ? [] : ["server.json"];
    expect((await readdir(finished.folder)).toSorted()).toEqual(["run.json", ...seen, "slices.json"]);
    const text = await readFile(path.join(finished.folder, "run.json"), "utf8");
    expect(text).toBe(encodeRecord(finished.record));
    const record: unknown = JSON.parse(text);
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(await readStrictSchema());
    validate(record);
    expect(validate.errors ?? []).toEqual([]);
    const { slices } = JSON.parse(await readFile(path.join(finished.folder, "slices.json"), "utf8")) as {
      slices: { serviceMs: Parameters<typeof Histogram.decode>[0] | null }[];
    };
    const merged = new Histogram();
    for (const { serviceMs } of slices) if (serviceMs !== null) merged.merge(Histogram.decode(serviceMs));
    expect(merged.n).toBe(finished.record.summary.completed + finished.record.summary.warmUp.completed);
    return record as RunRecord;
  }

  it("finds the dialect and the model, measures, and writes the folder", async () => {
    await using server = await startServer();
    const told: string[] = [];
    const finished = await startRun(
      requestFor(server.url, {
        workload: { dialect: "auto", model: undefined },
        name: "first",
        headers: { Authorization: "Bearer secret-key" },
      }),
      { onTarget: (target) => told.push(`${target.dialect} ${target.model}`) },
    );
    const record = await checkFolder(finished);
    expect(told).toEqual(["openai m"]);
    expect(finished.exitCode).toBe(record.verdict.kind === "pass" ? 0 : 5);
    expect(record).toMatchObject({
      name: "first",
      plan: {
        workload: {
          dialect: "openai",
          model: "m",
          texts: { count: 2, characters: { min: 3, mean: 4, max: 5 } },
        },
        transport: { headerNames: ["Authorization"] },
      },
      environment: { target: { url: server.url, info: { model_id: "m", reference_weights: true } } },
      summary: { completed: 10, failed: { total: 0 }, truncated: 0, units: { total: 10 } },
    });
    expect(record.environment.target.evidence.length).toBeGreaterThan(0);
    expect(server.keys.every((key) => key === "Bearer secret-key")).toBe(true);
    expect(JSON.stringify(record)).not.toContain("secret-key");
  });

  it("does not repeat its cache-busters in the next run of the same seed", async () => {
    await using server = await startServer();
    const starts = new Set<string | null>();
    for (let run = 0; run < 3; run += 1) {
      const { workload } = (await startRun(requestFor(server.url, { requests: 1 }))).record.plan;
      starts.add(workload.kind === "embeddings" ? workload.cache.start : null);
    }
    expect(starts.size).toBe(3);
  });

  it("misses the limit, and passes one that allows it", async () => {
    await using server = await startServer((index, response) => {
      if (index % 10 !== 3) return false;
      response.writeHead(500).end("broken");
      return true;
    });
    const strict = await startRun(requestFor(server.url, { requests: 20 }));
    expect(strict.record.summary.failed).toMatchObject({
      total: 2,
      byKind: { "http-500": { count: 2, firstBody: "broken" } },
    });
    expect([1, 5]).toContain(strict.exitCode);
    await checkFolder(strict);
    const lenient = await startRun(
      requestFor(server.url, { requests: 20, limits: [parseLimit("errors <= 10%")] }),
    );
    expect([0, 5]).toContain(lenient.exitCode);
  });

  it("records a schedule, what was attained of it, and where a rule ended the run", async () => {
    await using server = await startServer((index, response) => {
      if (index < 10) return false;
      response.writeHead(503).end("full");
      return true;
    });
    const schedule = createSchedule({
      seed: 1,
      segments: [
        {
          kind: "rate",
          fromPerSecond: 200,
          toPerSecond: 200,
          durationMs: 10_000,
          arrivals: { kind: "poisson" },
        },
        { kind: "replay", dueMs: [0, 5] },
      ],
    });
    const finished = await startRun(
      requestFor(server.url, { schedule, requests: undefined, stopFailures: 2 }),
    );
    const record = await checkFolder(finished);
    expect(finished.exitCode).toBe(3);
    expect(record.verdict.sentence).toMatch(/^Stopped after .* at 2 failures \(17 % of 12 requests; /);
    expect(record).toMatchObject({
      plan: { stop: { durationMs: null, failures: 2 } },
      schedule: {
        kind: "open-loop",
        users: 0,
        hash: schedule.hash,
        segments: [{ kind: "rate" }, { kind: "replay", requests: 2, durationMs: 5 }],
      },
      summary: {
        end: { kind: "stopped", at: { requests: 12, failed: 2 } },
        untilFirstFailure: { completed: 10 },
      },
    });
    expect(record.summary.attainment?.slots).toBe(record.summary.offered);
  });

  it.each(["auto", "openai"] as const)("reports a target that is not there (dialect %s)", async (dialect) => {
    const server = await startServer();
    await server[Symbol.asyncDispose]();
    const finished = await startRun(
      requestFor(server.url, { workload: { dialect }, requests: undefined, durationMs: 60_000 }),
    );
    expect(finished.exitCode).toBe(6);
    expect(finished.record.verdict.kind).toBe("not-measured");
    expect(finished.record.verdict.sentence).toContain(server.url);
    await checkFolder(finished);
  });

  it("reports a target that answers garbage", async () => {
    const server = net.createServer((socket) =>
      socket.on("data", () => socket.end("220 mail ESMTP\r\n")).on("error", () => {}),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const finished = await startRun(requestFor(`http://127.0.0.1:${port}`, { requests: 20 }));
    server.close();
    expect(finished.exitCode).toBe(6);
    expect(finished.record.summary.failed.byKind["malformed-status-line"]?.count).toBeGreaterThan(0);
    await checkFolder(finished);
  });

  it("reports what was measured before Ctrl-C", async () => {
    const interrupt = new AbortController();
    await using server = await startServer((index) => {
      if (index === 6) interrupt.abort();
      return index >= 6;
    });
    const finished = await startRun(requestFor(server.url, { requests: 1000 }), { signal: interrupt.signal });
    expect(finished.exitCode).toBe(130);
    expect(finished.record.summary).toMatchObject({ end: { kind: "interrupted" }, failed: { total: 0 } });
    expect(finished.record.summary.completed).toBeGreaterThanOrEqual(5);
    await checkFolder(finished);
  });

  it("reports an interruption before anything was found out", async () => {
    await using server = await startServer();
    const finished = await startRun(requestFor(server.url, { workload: { dialect: "auto" } }), {
      signal: AbortSignal.abort(),
    });
    expect(finished.exitCode).toBe(130);
    await checkFolder(finished);
  });

  it("still has its result when the folder cannot be written at the end", async () => {
    await using server = await startServer((index) => {
      if (index === 2) void rm(out, { recursive: true }).then(async () => await writeFile(out, "in the way"));
      return false;
    });
    const finished = await startRun(requestFor(server.url, { requests: undefined, durationMs: 300 }));
    expect(finished.folderProblem).toContain(finished.folder);
    expect(finished.record.summary.completed).toBeGreaterThan(2);
  });

  it("refuses a folder that cannot be made, and leaves none behind for a request that makes no sense", async () => {
    await writeFile(path.join(out, "file"), "");
    await expect(
      startRun(requestFor("http://127.0.0.1:9", { outDirectory: path.join(out, "file") })),
    ).rejects.toThrow("--out");
    await expect(
      startRun(
        requestFor("http://127.0.0.1:9", { workload: { dialect: "tei" }, headers: { "a b": "a name" } }),
      ),
    ).rejects.toThrow("a header's name must be");
    expect(await readdir(out)).toEqual(["file"]);
  });
});
