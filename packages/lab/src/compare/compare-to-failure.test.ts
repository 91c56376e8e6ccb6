import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createSchedule } from "@weir/stats";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readStrictSchema } from "../run/fixtures/read-strict-schema.ts";
import type { CompareRequest, SideRequest } from "./compare-request.ts";
import { startCompare, type FinishedCompare } from "./start-compare.ts";

/** A server that refuses whatever comes while so many requests are in it. */
async function startServer(places: number): Promise<AsyncDisposable & { readonly url: string }> {
  let busy = 0;
  const server = http.createServer((_, response) => {
    if (busy >= places) {
      response.writeHead(503).end("full");
      return;
    }
    busy += 1;
    response.once("close", () => (busy -= 1));
    setTimeout(() => response.end("ok"), 40);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a comparison of ramps to failure", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-failure-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  async function compare(a: string, b: string, mostUsers: number): Promise<FinishedCompare> {
    const side = (label: string, url: string): SideRequest => ({
      label,
      run: {
        url,
        workload: {
          kind: "http",
          requests: [{ method: "GET", path: "/", headers: {}, body: undefined }],
          expect: "2xx",
        },
        users: mostUsers,
        schedule: createSchedule({
          seed: 1,
          pace: undefined,
          segments: [{ kind: "users", from: 1, to: mostUsers, durationMs: 1500 }],
        }),
        seed: 1,
        durationMs: undefined,
        requests: undefined,
        warmupMs: 0,
        stopFailures: 3,
        limits: [],
        headers: {},
        timeoutMs: 5000,
        workers: 1,
        outDirectory: out,
        name: undefined,
      },
    });
    const request: CompareRequest = {
      a: side("A", a),
      b: side("B", b),
      toFailure: true,
      delta: 0.05,
      minRounds: 4,
      maxRounds: 8,
      halfLength: "given",
      outDirectory: out,
      name: undefined,
    };
    return await startCompare(request);
  }

  it("says which side holds more users, and that it failed is no failure", { timeout: 90_000 }, async () => {
    await using small = await startServer(4);
    await using large = await startServer(16);
    const { record } = await compare(small.url, large.url, 30);
    const validate = new Ajv({ allErrors: true }).compile(await readStrictSchema("compare-1"));
    expect(validate(record), JSON.stringify(validate.errors)).toBe(true);
    if (record.verdict.kind === "invalid") return; // The machine was too busy to measure anything.
    expect(record.verdict.kind).toBe("faster");
    expect(record.verdict.sentence).toMatch(/^B is \w+: users at failure of B is [\d.,]+ % higher/);
    expect(record.metrics.map(({ name, unit }) => [name, unit])).toEqual([
      ["users-at-failure", "count"],
      ["requests-until-failure", "count"],
    ]);
    const [users] = record.metrics;
    expect(users!.a!).toBeGreaterThanOrEqual(4);
    expect(users!.b!).toBeGreaterThan(users!.a!);
    for (const { a, b } of record.rounds.filter(({ counts }) => counts))
      expect(b!.failure?.users ?? 30).toBeGreaterThan(a!.failure!.users);
  });

  it("does not decide where neither fails", { timeout: 60_000 }, async () => {
    await using server = await startServer(1000);
    const { record, exitCode } = await compare(server.url, server.url, 5);
    if (record.verdict.kind === "invalid") return; // The machine was too busy to measure anything.
    expect(record.rounds.every(({ counts }) => !counts)).toBe(true);
    expect(exitCode).toBe(4);
    expect(record.verdict.sentence).toContain("neither failed before its ramp ended");
  });
});
