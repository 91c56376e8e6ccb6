import { rmSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv } from "ajv";
import { startMock } from "@weir/mock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseLimit } from "../record/limit.ts";
import { encodeRecord } from "../record/write-record.ts";
import { readStrictSchema } from "../run/fixtures/read-strict-schema.ts";
import type { RunRequest } from "../run/run-request.ts";
import type { CapacityRequest, FinishedCapacity } from "./capacity-request.ts";
import type { CapacityRecord } from "./capacity-record.ts";
import { findCapacity } from "./find-capacity.ts";

const errors = [parseLimit("errors < 1%")];

describe("findCapacity", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-capacity-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  // Probes shorter than a second: a machine with much else to do makes none of them invalid.
  function request(url: string, more: Partial<CapacityRequest> = {}): CapacityRequest {
    const run: RunRequest = {
      url,
      workload: {
        kind: "embeddings",
        dialect: "openai",
        model: "m",
        texts: { texts: ["a"], source: "test" },
        batch: 1,
        cache: "warm",
      },
      users: 1,
      seed: 1,
      durationMs: undefined,
      requests: undefined,
      warmupMs: 0,
      limits: [],
      headers: {},
      timeoutMs: 5000,
      workers: 1,
      outDirectory: out,
      name: undefined,
    };
    return { run, limits: errors, probeDurationMs: 500, probeWarmupMs: 100, ...more };
  }

  /** What is on disk is what was given back, and what the schema says; each probe's run is there. */
  async function check({ folder, record, folderProblem }: FinishedCapacity): Promise<CapacityRecord> {
    expect(folderProblem).toBeUndefined();
    const text = await readFile(path.join(folder, "run.json"), "utf8");
    expect(text).toBe(encodeRecord(record));
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
      await readStrictSchema("capacity-1"),
    );
    validate(JSON.parse(text));
    expect(validate.errors).toBeNull();
    for (const child of record.children) {
      const run = JSON.parse(await readFile(path.join(folder, child, "run.json"), "utf8")) as {
        kind: string;
      };
      expect(run.kind).toBe("run");
    }
    expect(record.probes.every(({ child }) => record.children.includes(child))).toBe(true);
    return record;
  }

  it("finds the slots of a server that refuses what it has no slot for", async () => {
    await using mock = await startMock({ serviceMs: 20, slots: 8, queue: 0, spin: false });
    const seen: number[] = [];
    const finished = await findCapacity(request(mock.url), { onProbe: ({ level }) => void seen.push(level) });
    const { capacity, verdict, probes, children } = await check(finished);
    expect(capacity).toMatchObject({
      of: "users",
      lastPass: 8,
      firstFail: 9,
      recommended: 6,
      bindingLimit: "errors < 1%",
    });
    expect(capacity.confidence).toBeGreaterThan(0.95);
    expect(verdict).toMatchObject({ kind: "pass", reasons: [] });
    expect(verdict.sentence).toMatch(
      /^Holds 8 users within errors < 1%; 9 miss it \([\d.]+ % failed\)\. Plan for 6\.$/,
    );
    expect(finished.exitCode).toBe(0);
    expect(probes.length).toBeLessThanOrEqual(12);
    expect(seen).toEqual(probes.map(({ level }) => level));
    expect(children).toHaveLength(probes.length);
  }, 60_000);

  it("takes its limits from one user where none are given, and says so", async () => {
    await using mock = await startMock({ serviceMs: 20, spin: false });
    const finished = await findCapacity(request(mock.url, { limits: undefined, most: 2, maxProbes: 3 }));
    const { plan, verdict } = await check(finished);
    expect(plan.limitsFrom).toBe("single-user");
    expect(plan.limits[0]).toMatch(/^response\.p95 <= \d+ms$/);
    expect(plan.limits[1]).toBe("errors < 1%");
    expect(verdict.sentence).toContain("(3 times what one user gets)");
  });

  it("says that not even one user is held", async () => {
    await using mock = await startMock({ serviceMs: 20, spin: false });
    const limits = [parseLimit("response.p95 < 2ms")];
    const finished = await findCapacity(request(mock.url, { limits }));
    const { capacity, verdict } = await check(finished);
    expect(capacity).toMatchObject({ lastPass: null, firstFail: 1, recommended: null });
    expect(verdict.kind).toBe("limit-missed");
    expect(verdict.sentence).toMatch(/^Does not hold even 1 user within response\.p95 < 2ms \(/);
    expect(finished.exitCode).toBe(1);
  });

  it("searches on a rate, which one user does not begin", async () => {
    await using mock = await startMock({ serviceMs: 5, spin: false });
    const finished = await findCapacity(request(mock.url, { of: "rate", least: 10, most: 40 }));
    const { capacity, probes, plan } = await check(finished);
    expect(probes[0]).toMatchObject({ purpose: "baseline", level: 1 });
    expect(probes.slice(1, 4).map(({ level }) => level)).toEqual([10, 20, 40]);
    expect(plan).toMatchObject({ of: "rate", arrivals: { kind: "poisson" }, pace: null });
    expect(capacity).toMatchObject({ of: "rate", lastPass: 40, firstFail: null, recommended: 28 });
    expect(finished.exitCode).toBe(0);
  });

  it("counts users who keep a pace, each of whom has a turn in every probe", async () => {
    await using mock = await startMock({ serviceMs: 5, spin: false });
    const pace = { everyMs: 600, overrun: "slip" } as const;
    const finished = await findCapacity(request(mock.url, { pace, most: 2, maxProbes: 2 }));
    const { plan, probes } = await check(finished);
    expect(plan).toMatchObject({ pace, probeDurationMs: 600 });
    const run = await readFile(path.join(finished.folder, probes.at(-1)!.child, "run.json"), "utf8");
    expect(JSON.parse(run)).toMatchObject({ schedule: { kind: "paced", users: 2, pace } });
  });

  it("ends at once where no probe can say anything of a limit", async () => {
    await using mock = await startMock({ serviceMs: 5, spin: false });
    const finished = await findCapacity(request(mock.url, { limits: [parseLimit("server.p95 < 1s")] }));
    const { verdict, probes } = await check(finished);
    expect(probes).toHaveLength(1);
    expect(verdict.kind).toBe("inconclusive");
    expect(verdict.sentence).toMatch(
      /^The limits cannot be judged: the server does not say how long it took/,
    );
    expect(finished.exitCode).toBe(4);
  });

  it("refuses limits that are missed by too little load, before anything is written", async () => {
    const limits = [parseLimit("requests >= 20/s")];
    await expect(findCapacity(request("http://127.0.0.1:9", { limits }))).rejects.toThrow(
      /a limit that is missed when there is too much load/,
    );
  });

  it("says that the server could not be measured where there is none", async () => {
    const server = http.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
    const finished = await findCapacity(request(url));
    const { verdict, capacity } = await check(finished);
    expect(verdict.kind).toBe("not-measured");
    expect(capacity).toMatchObject({ lastPass: null, firstFail: null, confidence: 0 });
    expect(finished.exitCode).toBe(6);
  }, 30_000);

  it("says where a server stopped answering for good, and what it had held", async () => {
    const server = http.createServer((incoming, response) => {
      incoming.resume();
      inFlight += 1;
      if (inFlight > 3) {
        server.closeAllConnections();
        return void server.close();
      }
      return setTimeout(() => {
        inFlight -= 1;
        response.end('{"data":[{"object":"embedding","index":0,"embedding":[1]}]}');
      }, 10);
    });
    let inFlight = 0;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const finished = await findCapacity(request(url));
    const { verdict, capacity, probes } = await check(finished);
    expect(verdict.kind).toBe("stopped");
    expect(verdict.sentence).toMatch(
      /^The server stopped working at 4 users\. Holds 2 users within errors < 1%/,
    );
    expect(capacity).toMatchObject({ lastPass: 2, firstFail: 4, bindingLimit: "keeps working" });
    expect(probes.at(-1)).toMatchObject({ level: 4, outcome: "lost" });
    expect(finished.exitCode).toBe(3);
  }, 60_000);

  it("keeps what is known when it is interrupted", async () => {
    await using mock = await startMock({ serviceMs: 5, spin: false });
    const stop = new AbortController();
    const finished = await findCapacity(request(mock.url), {
      signal: stop.signal,
      onProbe: ({ level }) => {
        if (level === 4) stop.abort();
      },
    });
    const { verdict, capacity, probes } = await check(finished);
    expect(verdict.kind).toBe("interrupted");
    expect(verdict.sentence).toMatch(
      /^Interrupted after 3 probes\. Holds 2 users within errors < 1%\. Plan for 1 or more\.$/,
    );
    expect(capacity).toMatchObject({ lastPass: 2, firstFail: null });
    expect(probes.at(-1)).toMatchObject({ level: 4, outcome: "not-judged", figure: "interrupted" });
    expect(finished.exitCode).toBe(130);
  });

  it("still says what was found where its folder is gone", async () => {
    await using mock = await startMock({ serviceMs: 5, spin: false });
    const finished = await findCapacity(request(mock.url), {
      onProbe: ({ level, before }) => {
        if (level !== 2 || before.length !== 1) return;
        // A file where the folder was: nothing can be made in it any more.
        rmSync(out, { recursive: true });
        writeFileSync(out, "");
      },
    });
    expect(finished.folderProblem).toBeDefined();
    expect(finished.record.verdict.kind).toBe("inconclusive");
    expect(finished.record.verdict.sentence).toMatch(
      /^The search could not go on: .* Holds \d users? within/,
    );
  });
});
