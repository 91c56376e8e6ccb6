import { describe, expect, it } from "vitest";
import { parseDuration } from "../flags/parse-duration.ts";
import { resolveRunOptions } from "./resolve-run-options.ts";

describe("parseDuration", () => {
  it("reads numbers with a unit and nothing else", () => {
    expect(["500ms", "30s", "2m", "2min", "1.5h", " 1s "].map(parseDuration)).toEqual([
      500, 30_000, 120_000, 120_000, 5_400_000, 1000,
    ]);
    expect(["30", "s", "-1s", "1 s", "1e3s", "", "2d"].map(parseDuration)).toEqual(
      Array.from({ length: 7 }, () => undefined),
    );
  });
});

describe("resolveRunOptions", () => {
  it("has a default for everything but the address", async () => {
    expect(await resolveRunOptions("localhost:8787", {}, {})).toMatchObject({
      url: "http://localhost:8787",
      users: 4,
      seed: 1,
      durationMs: 30_000,
      requests: undefined,
      warmupMs: 5000,
      limits: [{ text: "errors < 1%" }],
      headers: {},
      timeoutMs: 30_000,
      outDirectory: "runs",
      workload: {
        kind: "embeddings",
        dialect: "auto",
        model: undefined,
        batch: 1,
        cache: "busted",
        texts: { source: "built-in English paragraphs" },
      },
    });
  });

  it("takes a number of requests for all that the server gets", async () => {
    const { durationMs, requests, warmupMs } = await resolveRunOptions("localhost:1", { requests: "3" }, {});
    expect({ durationMs, requests, warmupMs }).toEqual({ durationMs: undefined, requests: 3, warmupMs: 0 });
    const both = await resolveRunOptions(
      "localhost:1",
      { requests: "3", duration: "2m", warmup: "500ms" },
      {},
    );
    expect(both).toMatchObject({ durationMs: 120_000, requests: 3, warmupMs: 500 });
  });

  it("reads headers, and a key from the environment", async () => {
    const { headers } = await resolveRunOptions(
      "x",
      { header: ["X-A: b: c", "X-B:"], keyEnv: "MY_KEY" },
      { MY_KEY: "k" },
    );
    expect(headers).toEqual({ "X-A": "b: c", "X-B": "", Authorization: "Bearer k" });
  });

  it("knows three names for the users", async () => {
    for (const flags of [{ users: "7" }, { clients: "7" }, { concurrent: "7" }])
      expect((await resolveRunOptions("x", flags, {})).users).toBe(7);
    await expect(resolveRunOptions("x", { users: "7", clients: "8" }, {})).rejects.toThrow(
      "--users and --clients are names of one thing",
    );
  });

  it("names every problem in one message, each with what was expected and what came", async () => {
    const flags = {
      workload: "prose",
      dialect: "soap",
      users: "0",
      batch: "1.5",
      textSize: "big",
      duration: "30",
      requests: "-1",
      warmup: "soon",
      seed: "x",
      slo: ["p95 < 3"],
      header: ["secret-without-colon"],
      keyEnv: "NOT_SET",
      timeout: "0s",
      cache: "cold",
      texts: "/no/such/folder",
    };
    const problem: unknown = await resolveRunOptions("ftp://x", flags, {}).catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: "USAGE", exitCode: 2 });
    const lines = (problem as Error).message.split("\n");
    expect(lines).toHaveLength(16);
    for (const [flag, got] of [
      ["--workload", '"prose"'],
      ["--dialect", '"soap"'],
      ["--users", '"0"'],
      ["--batch", '"1.5"'],
      ["--text-size", '"big"'],
      ["--duration", '"30". Say 30s for seconds.'],
      ["--requests", '"-1"'],
      ["--warmup", '"soon"'],
      ["--seed", '"x"'],
      ["--timeout", '"0s"'],
      ["--cache", '"cold"'],
    ])
      expect(
        lines.find((line) => line.startsWith(`${flag}: expected `) && line.includes(`got ${got}`)),
      ).toBeDefined();
    expect((problem as Error).message).toContain("export NOT_SET=");
    expect((problem as Error).message).toContain("/no/such/folder");
    expect((problem as Error).message).not.toContain("secret");
  });
});
