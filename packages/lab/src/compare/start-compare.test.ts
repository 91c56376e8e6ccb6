import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv } from "ajv";
import { createClosedLoopSchedule } from "@weir/stats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseLimit } from "../record/limit.ts";
import { readStrictSchema } from "../run/fixtures/read-strict-schema.ts";
import type { RunRequest } from "../run/run-request.ts";
import type { CompareRecord } from "./compare-record.ts";
import type { CompareRequest, SideRequest } from "./compare-request.ts";
import { parseComparedMetric } from "./compared-metric.ts";
import { startCompare, type FinishedCompare, type StartCompareOptions } from "./start-compare.ts";

/** Answers after `takesMs`; `onRequest` may take the n-th request over. */
async function startServer(
  takesMs: number,
  onRequest: (index: number, response: http.ServerResponse, server: http.Server) => boolean = () => false,
): Promise<AsyncDisposable & { readonly url: string; readonly paths: string[] }> {
  let index = -1;
  const paths: string[] = [];
  const server = http.createServer((request, response) => {
    index += 1;
    paths.push(request.url ?? "");
    if (onRequest(index, response, server)) return;
    setTimeout(() => response.end("ok"), takesMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

const changesOf = ({ rounds }: CompareRecord): readonly number[] =>
  rounds.flatMap(({ change }) => (change === null ? [] : [change]));

describe("startCompare", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-compare-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  function toSide(label: string, url: string, changes: Partial<RunRequest> = {}): SideRequest {
    const run: RunRequest = {
      url,
      workload: {
        kind: "http",
        requests: [{ method: "GET", path: "/", headers: {}, body: undefined }],
        expect: "2xx",
      },
      users: 2,
      schedule: createClosedLoopSchedule({ users: 2, seed: 7 }),
      seed: 7,
      durationMs: undefined,
      requests: 10,
      warmupMs: 0,
      limits: [parseLimit("errors < 1%")],
      headers: {},
      timeoutMs: 5000,
      outDirectory: out,
      name: undefined,
      ...changes,
    };
    return { label, run };
  }

  async function compare(
    a: SideRequest,
    b: SideRequest,
    changes: Partial<CompareRequest> = {},
    options: StartCompareOptions = {},
  ): Promise<FinishedCompare> {
    const request: CompareRequest = {
      a,
      b,
      delta: 0.05,
      minRounds: 4,
      maxRounds: 6,
      halfLength: "given",
      outDirectory: out,
      name: undefined,
      ...changes,
    };
    return await startCompare(request, options);
  }

  it(
    "finds what is slower by much, in rounds of ABBA, and writes it all down",
    { timeout: 60_000 },
    async () => {
      await using quick = await startServer(2);
      await using slow = await startServer(20);
      const { record, folder, folderProblem, exitCode } = await compare(
        toSide("A", quick.url),
        toSide("B", slow.url),
      );
      expect(folderProblem).toBeUndefined();
      const { verdict, rounds, metrics } = record;
      expect(rounds.map(({ order }) => order).slice(0, 4)).toEqual(["ab", "ba", "ba", "ab"]);
      // On a machine too busy to measure anything, halves do not count; whatever does, says the same.
      expect(["slower", "inconclusive", "invalid"]).toContain(verdict.kind);
      expect(exitCode).toBe({ slower: 1, inconclusive: 4 }[verdict.kind as string] ?? 5);
      expect(changesOf(record).every((change) => change > 0)).toBe(true);
      expect(metrics[0]).toMatchObject({ name: "response.p50", primary: true, unit: "ms", better: "less" });
      // Every half, and a look at each side before.
      expect(record.children).toHaveLength(2 * rounds.length + 2);
      expect(JSON.parse(await readFile(path.join(folder, "run.json"), "utf8"))).toEqual(record);
      for (const child of record.children)
        expect(await readdir(path.join(folder, child))).toEqual(["run.json", "slices.json"]);
      const validate = new Ajv({ allErrors: true }).compile(await readStrictSchema("compare-1"));
      expect(validate(record), JSON.stringify(validate.errors)).toBe(true);
    },
  );

  it("sends both sides of a round the same in the same order", async () => {
    await using first = await startServer(0);
    await using second = await startServer(0);
    const requests = Array.from({ length: 12 }, (_, place) => ({
      method: "GET",
      path: `/${place}`,
      headers: {},
      body: undefined,
    }));
    const changes: Partial<RunRequest> = {
      workload: { kind: "http", requests, expect: "2xx" },
      users: 1,
      schedule: createClosedLoopSchedule({ users: 1, seed: 3 }),
      requests: 12,
    };
    const { record } = await compare(toSide("A", first.url, changes), toSide("B", second.url, changes), {
      maxRounds: 2,
      minRounds: 2,
    });
    expect(record.rounds).toHaveLength(2);
    const [ofFirst, ofSecond] = [first.paths.slice(-24), second.paths.slice(-24)];
    expect(ofFirst).toEqual(ofSecond);
    expect(new Set(ofFirst).size).toBe(12);
  });

  it("ends with 6 where one of them is not there, and says which", async () => {
    await using there = await startServer(1);
    const gone = await startServer(1);
    await gone[Symbol.asyncDispose]();
    const { record, exitCode } = await compare(toSide("A", there.url), toSide("B", gone.url));
    expect(exitCode).toBe(6);
    expect(record.verdict.sentence).toMatch(/^B could not be measured: /);
    expect(record.rounds).toEqual([]);
  });

  it("keeps the rounds there were where one of them goes away", { timeout: 60_000 }, async () => {
    await using stays = await startServer(1);
    let asked = 0;
    await using goes = await startServer(1, (index, response, server) => {
      asked = index;
      if (stays.paths.length < 1 || rounds < 2) return false;
      response.destroy();
      server.closeAllConnections();
      server.close();
      return true;
    });
    let rounds = 0;
    const { record, exitCode } = await compare(
      toSide("A", stays.url, { durationMs: 300, requests: undefined }),
      toSide("B", goes.url, { durationMs: 300, requests: undefined }),
      { maxRounds: 20, minRounds: 20 },
      { onProgress: (now) => (rounds = now.round) },
    );
    expect(asked).toBeGreaterThan(0);
    expect(exitCode).toBe(6);
    expect(record.verdict.sentence).toMatch(/^B could not be measured in round 2: /);
    expect(record.rounds.at(-1)).toMatchObject({ counts: false });
  });

  it("does not let speed hide errors", { timeout: 60_000 }, async () => {
    await using steady = await startServer(10);
    // Every third answer is an error, and an error is quick.
    await using failing = await startServer(3, (index, response) => {
      if (index % 3 !== 0) return false;
      response.writeHead(500).end("no");
      return true;
    });
    const { record, exitCode } = await compare(toSide("A", steady.url), toSide("B", failing.url));
    expect([
      ["limit-missed", 1],
      ["invalid", 5],
    ]).toContainEqual([record.verdict.kind, exitCode]);
    expect(record.verdict.reasons.join(" ")).toMatch(/B: 3\d? % of requests failed/);
    expect(record.sides.b.failed.byKind).toHaveProperty("http-500");
    expect(record.sides.a.failedShare).toBe(0);
  });

  it("ends with 130 on Ctrl-C, with what there is", async () => {
    await using server = await startServer(1);
    const interrupt = new AbortController();
    const { record, exitCode, folder } = await compare(
      toSide("A", server.url, { durationMs: 60_000, requests: undefined }),
      toSide("B", server.url, { durationMs: 60_000, requests: undefined }),
      { against: "itself" },
      {
        signal: interrupt.signal,
        onProgress: ({ phase, load }) => {
          if (phase === "measuring" && load !== undefined) interrupt.abort();
        },
      },
    );
    expect(exitCode).toBe(130);
    expect(record.verdict.kind).toBe("interrupted");
    expect(record.rounds).toHaveLength(1);
    expect(JSON.parse(await readFile(path.join(folder, "run.json"), "utf8"))).toEqual(record);
  });

  it("refuses a folder that it cannot write before anything is sent", async () => {
    await using server = await startServer(1);
    const file = path.join(out, "file");
    await writeFile(file, "");
    const a = toSide("A", server.url);
    await expect(compare(a, a, { outDirectory: file })).rejects.toMatchObject({ code: "USAGE" });
    expect(server.paths).toEqual([]);
  });

  it("keeps its verdict where its folder goes away half way", async () => {
    await using server = await startServer(1);
    const a = toSide("A", server.url);
    let gone = false;
    const { record, folderProblem } = await compare(
      a,
      a,
      { against: "itself" },
      {
        onProgress: ({ round, phase }) => {
          if (gone || round !== 2 || phase !== "preparing") return;
          gone = true;
          renameSync(out, `${out}-away`);
          writeFileSync(out, "a file in the way");
        },
      },
    );
    await rm(`${out}-away`, { recursive: true });
    expect(record.rounds.length).toBeGreaterThan(0);
    expect(folderProblem).toBeDefined();
  });

  it("starts both servers, loads one at a time, and ends them", { timeout: 90_000 }, async () => {
    const program = `
      const takesMs = Number(process.argv[2]);
      require("node:http").createServer((_, response) => setTimeout(() => response.end("ok"), takesMs))
        .listen(Number(process.argv[1]), "127.0.0.1");`;
    const command = (takesMs: number): string =>
      `"${process.execPath}" -e '${program.replaceAll("\n", " ")}' {port} ${takesMs}`;
    const side = (label: string, takesMs: number): SideRequest => ({
      ...toSide(label, "http://127.0.0.1/"),
      start: command(takesMs),
    });
    const { record, folder } = await compare(side("A", 30), side("B", 1), {
      maxRounds: 4,
      metric: parseComparedMetric("requests"),
    });
    expect(["faster", "inconclusive", "invalid"]).toContain(record.verdict.kind);
    expect(changesOf(record).every((change) => change > 0)).toBe(true);
    expect(record.sides.a.url).not.toBe(record.sides.b.url);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(["a-1.log", "b-1.log"]));
    for (const { url } of [record.sides.a, record.sides.b])
      await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  it("makes one server each side by a command before each half", { timeout: 60_000 }, async () => {
    const file = path.join(out, "switch");
    await using server = await startServer(0, (_, response) => {
      const takesMs = readFileSync(file, "utf8").includes("slow") ? 120 : 20;
      setTimeout(() => response.end("ok"), takesMs);
      return true;
    });
    const toggle = (how: string): string => `echo ${how} "$WEIR_URL" > "${file}"`;
    const { record } = await compare(
      { ...toSide("A", server.url), toggle: toggle("quick") },
      { ...toSide("B", server.url), toggle: toggle("slow") },
      { maxRounds: 5 },
    );
    expect(["slower", "inconclusive", "invalid"]).toContain(record.verdict.kind);
    expect(changesOf(record).every((change) => change > 0)).toBe(true);
    expect(await readFile(file, "utf8")).toContain(server.url);
    // What is sent repeats, and the server is one: the first round only fills its caches.
    expect(record.rounds[0]).toMatchObject({
      counts: false,
      reason: expect.stringContaining("caches") as string,
    });
  });

  it("ends with 6 where such a command fails, with what it printed", async () => {
    await using server = await startServer(1);
    const { record, exitCode } = await compare(
      { ...toSide("A", server.url), toggle: "echo no such switch; exit 3" },
      toSide("B", server.url),
    );
    expect(exitCode).toBe(6);
    expect(record.verdict.sentence).toMatch(
      /^A could not be measured: the command ended with exit code 3.*\nno such switch/s,
    );
  });
});
