import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTarget } from "../probe/fixtures/start-target.ts";
import type { RunRequest } from "../run/run-request.ts";
import { createBuiltInTexts } from "../texts/built-in-texts.ts";
import { builtInSuites } from "./built-in-suites.ts";
import type { CheckRecord } from "./check-record.ts";
import { runSuite } from "./run-suite.ts";

describe("built-in suites", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-suites-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  async function check(name: string, settings: Readonly<Record<string, number>>): Promise<CheckRecord> {
    await using server = await startTarget({ dialects: ["openai"] });
    const base: RunRequest = {
      url: server.url,
      workload: {
        kind: "embeddings",
        dialect: "openai",
        model: "m",
        cache: "busted",
        texts: createBuiltInTexts({ characters: 100 }),
        batch: 1,
      },
      users: 1,
      seed: 1,
      durationMs: undefined,
      requests: 1,
      warmupMs: 0,
      limits: [],
      headers: {},
      timeoutMs: 20_000,
      outDirectory: out,
      name: undefined,
    };
    const suite = builtInSuites.find((each) => each.name === name)!;
    const { record } = await runSuite(suite, {
      target: { kind: "url", url: server.url },
      bases: [base],
      settings,
    });
    const keys = record.rows.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    // Figures of a machine that is busy may be worth nothing, and what was found out is there all the same.
    expect(["pass", "limit-missed", "inconclusive", "invalid"]).toContain(record.verdict.kind);
    return record;
  }

  const rowOf = ({ rows }: CheckRecord, key: string): CheckRecord["rows"][number] =>
    rows.find((row) => row.key === key)!;

  it("have names of their own, and settings that can be written", () => {
    const names = builtInSuites.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, settings = {} } of builtInSuites)
      for (const each of [name, ...Object.keys(settings)]) expect(each).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it("five-phases ends with what users do to each other", async () => {
    const record = await check("five-phases", { users: 3, duration: 400, warmup: 100 });
    expect(record.children).toHaveLength(4);
    expect(rowOf(record, "load/errors")).toMatchObject({ value: 0, limit: "< 1%", status: "pass" });
    const [one, many] = ["alone", "load"].map((key) => rowOf(record, `${key}/response.p50`).value!);
    expect(rowOf(record, "degradation/response.p50").value).toBeCloseTo(many! / one!, 9);
    const [slow, fast] = ["alone", "load"].map((key) => rowOf(record, `${key}/requests`).value!);
    expect(rowOf(record, "scaling/throughput").value).toBeCloseTo(fast! / slow!, 9);
    expect(rowOf(record, "scaling/efficiency").value).toBeCloseTo(fast! / slow! / 3, 9);
    expect(record.verdict.sentence).toMatch(/3 users get .* where one gets/);
  });

  it("five-phases finds the users by itself", { timeout: 60_000 }, async () => {
    const record = await check("five-phases", { duration: 300, warmup: 100, probe: 500, "most-users": 2 });
    expect(rowOf(record, "capacity/users").value).toBeLessThanOrEqual(2);
    expect(record.children.length).toBeGreaterThanOrEqual(5);
  });

  it("bulk-load counts every document", async () => {
    const record = await check("bulk-load", { documents: 100, batch: 8 });
    expect(rowOf(record, "answered")).toMatchObject({ value: 104, status: "pass" });
    expect(rowOf(record, "last-tenth")).toMatchObject({ value: null, status: "info" });
  });

  it("search-box and cache-hits have both their halves", { timeout: 60_000 }, async () => {
    const searches = await check("search-box", { duration: 1000, rate: 20 });
    expect(searches.children).toHaveLength(3);
    expect(rowOf(searches, "beside/failed")).toMatchObject({ value: 0, status: "pass" });
    const hits = await check("cache-hits", { duration: 500, "least-rate": 1 });
    expect(rowOf(hits, "gain").value).toBeGreaterThan(0);
  });

  it("desktop-life wants a command", async () => {
    await expect(check("desktop-life", {})).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("--start"),
    });
  });
});
