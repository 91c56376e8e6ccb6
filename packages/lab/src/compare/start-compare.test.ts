import { readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv } from "ajv";
import { createClosedLoopSchedule } from "@weir/stats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readStrictSchema } from "../run/fixtures/read-strict-schema.ts";
import type { RunRequest } from "../run/run-request.ts";
import type { CompareRequest, SideRequest } from "./compare-request.ts";
import { parseComparedMetric } from "./compared-metric.ts";
import { changesOf, startTimedServer, toCompareRequest, toSide } from "./fixtures/compare-parts.ts";
import { startCompare, type FinishedCompare, type StartCompareOptions } from "./start-compare.ts";

describe("startCompare", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-compare-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  async function compare(
    a: SideRequest,
    b: SideRequest,
    changes: Partial<CompareRequest> = {},
    options: StartCompareOptions = {},
  ): Promise<FinishedCompare> {
    return await startCompare(toCompareRequest(a, b, out, changes), options);
  }

  it(
    "finds what is slower by much, in rounds of ABBA, and writes it all down",
    { timeout: 60_000 },
    async () => {
      await using quick = await startTimedServer(2);
      await using slow = await startTimedServer(20);
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
        expect(await readdir(path.join(folder, child))).toEqual(
          expect.arrayContaining(["run.json", "slices.json"]),
        );
      const validate = new Ajv({ allErrors: true }).compile(await readStrictSchema("compare-1"));
      expect(validate(record), JSON.stringify(validate.errors)).toBe(true);
    },
  );

  it("sends both sides of a round the same in the same order", async () => {
    await using first = await startTimedServer(0);
    await using second = await startTimedServer(0);
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
    await using there = await startTimedServer(1);
    const gone = await startTimedServer(1);
    await gone[Symbol.asyncDispose]();
    const { record, exitCode } = await compare(toSide("A", there.url), toSide("B", gone.url));
    expect(exitCode).toBe(6);
    expect(record.verdict.sentence).toMatch(/^B could not be measured: /);
    expect(record.rounds).toEqual([]);
  });

  it("does not look for a time that the answers do not have", async () => {
    await using plain = await startTimedServer(1);
    const { record, exitCode } = await compare(toSide("A", plain.url), toSide("B", plain.url), {
      metric: parseComparedMetric("ttft.p50"),
    });
    expect(exitCode).toBe(4);
    expect(record.rounds).toEqual([]);
    expect(record.verdict.kind).toBe("inconclusive");
    expect(record.verdict.sentence).toMatch(
      /^Nothing to compare by: A: not one answer had a token, so there is no ttft\.p50\. /,
    );
  });

  it("keeps the rounds there were where one of them goes away", { timeout: 60_000 }, async () => {
    await using stays = await startTimedServer(1);
    let asked = 0;
    await using goes = await startTimedServer(1, (index, response, server) => {
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
    await using steady = await startTimedServer(10);
    // Every third answer is an error, and an error is quick.
    await using failing = await startTimedServer(3, (index, response) => {
      if (index % 3 !== 0) return false;
      response.writeHead(500).end("no");
      return true;
    });
    const { record, exitCode } = await compare(toSide("A", steady.url), toSide("B", failing.url));
    expect([
      ["limit-missed", 1],
      ["invalid", 5],
    ]).toContainEqual([record.verdict.kind, exitCode]);
    expect([record.verdict.sentence, ...record.verdict.reasons].join(" ")).toMatch(
      /3\d? % of requests failed/,
    );
    expect(record.sides.b.failed.byKind).toHaveProperty("http-500");
    expect(record.sides.a.failedShare).toBe(0);
  });

  it("ends with 130 on Ctrl-C, with what there is", async () => {
    await using server = await startTimedServer(1);
    const interrupt = new AbortController();
    let early: string | undefined;
    const { record, exitCode, folder } = await compare(
      toSide("A", server.url, { durationMs: 60_000, requests: undefined }),
      toSide("B", server.url, { durationMs: 60_000, requests: undefined }),
      { against: "itself" },
      {
        signal: interrupt.signal,
        onProgress: ({ phase, load }) => {
          // Whoever is killed by now has left this.
          early ??= readFileSync(path.join(out, readdirSync(out)[0]!, "run.json"), "utf8");
          if (phase === "measuring" && load !== undefined) interrupt.abort();
        },
      },
    );
    expect(exitCode).toBe(130);
    expect(record.verdict.kind).toBe("interrupted");
    expect(record.verdict.reasons).toEqual(["Interrupted."]);
    expect(record.rounds).toHaveLength(1);
    expect(JSON.parse(early!)).toMatchObject({ verdict: { kind: "interrupted" }, rounds: [] });
    expect(JSON.parse(await readFile(path.join(folder, "run.json"), "utf8"))).toEqual(record);
  });

  it("refuses a folder that it cannot write before anything is sent", async () => {
    await using server = await startTimedServer(1);
    const file = path.join(out, "file");
    await writeFile(file, "");
    const a = toSide("A", server.url);
    await expect(compare(a, a, { outDirectory: file })).rejects.toMatchObject({ code: "USAGE" });
    expect(server.paths).toEqual([]);
  });

  it("keeps its verdict where its folder goes away half way", async () => {
    await using server = await startTimedServer(1);
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
});
