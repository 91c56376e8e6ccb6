import { describe, expect, it } from "vitest";
import type { Check } from "./check.ts";
import { examineTarget, type Examination } from "./examine-target.ts";
import { startTarget, toVector, type TargetBehaviour } from "./fixtures/start-target.ts";

const healthy = {
  "/": { body: { name: "test" } },
  "/health": { body: { status: "ok" } },
  "/health/ready": { body: { status: "ok" } },
  "/info": { body: { model_id: "m", dim: 4, device: "cpu" } },
};

async function examine(behaviour: TargetBehaviour, timeoutMs = 5_000): Promise<Examination> {
  await using target = await startTarget({ get: healthy, ...behaviour });
  return await examineTarget(target.url, { timeoutMs, model: "m" });
}

/** The checks that are neither ok nor skipped, as `name: state: detail`. */
function describeProblems({ checks }: Examination): string[] {
  return checks
    .filter(({ state }) => state === "warn" || state === "fail")
    .map(({ name, state, detail }) => `${name}: ${state}: ${detail}`);
}

function findCheck(examination: Examination, name: string): Check | undefined {
  return examination.checks.find((check) => check.name === name);
}

describe("examineTarget", () => {
  it.each(["openai", "sidecar", "tei", "ollama"] as const)(
    "finds nothing wrong with a good %s server",
    async (dialect) => {
      const seen: Check[] = [];
      await using target = await startTarget({ dialects: [dialect], get: healthy });
      const examination = await examineTarget(target.url, {
        model: "m",
        onCheck: (check) => seen.push(check),
      });
      expect(describeProblems(examination)).toEqual([]);
      expect(examination).toMatchObject({ reachable: true, dialect, model: "m", url: target.url });
      expect(examination.checks.map(({ name }) => name)).toEqual([
        "reachable",
        "health",
        "ready",
        "info",
        "dialects",
        "one text",
        "one batch",
        "finite numbers",
        "dimensions",
        "norm",
        "same text twice",
        "alone and in a batch",
        "different texts",
        "base64 vectors",
        "error envelope",
      ]);
      expect(seen).toEqual(examination.checks);
    },
  );

  it("skips what a server does not have, and says so", async () => {
    const examination = await examine({ dialects: ["openai"], get: {} });
    expect(describeProblems(examination)).toEqual([]);
    expect(examination.checks.slice(1, 4)).toEqual([
      { name: "health", state: "skipped", detail: "the server has no /health" },
      { name: "ready", state: "skipped", detail: "the server has no /health/ready" },
      { name: "info", state: "skipped", detail: "the server has no /info" },
    ]);
  });

  it.each<[string, TargetBehaviour, string[]]>([
    [
      "another dimension than announced",
      { dialects: ["sidecar"], embed: (text) => toVector(text).concat(0) },
      ["dimensions: fail: 5 in every answer, but /info says 4"],
    ],
    [
      "a dimension that changes",
      {
        dialects: ["sidecar"],
        embed: (text, _request, batch) => (batch > 1 ? [...toVector(text), 0] : toVector(text)),
      },
      ["dimensions: fail: vectors of 4 and of 5 values"],
    ],
    [
      "vectors that are not normalised",
      { dialects: ["tei"], embed: (text) => toVector(text).map((value) => value * 2) },
      ["norm: fail: expected length 1, got 2"],
    ],
    [
      "the same vector for everything",
      { dialects: ["tei"], embed: () => [0, 1, 0, 0] },
      ["different texts: warn: nearest cosine 1.0000: unlike texts got the same vector"],
    ],
    [
      "a model that is not deterministic",
      { dialects: ["tei"], embed: (text, request) => toVector(text + "x".repeat(100 * request)) },
      ["same text twice: fail", "alone and in a batch: fail"],
    ],
    [
      "padding that reaches the vectors",
      { dialects: ["tei"], embed: (text, _request, batch) => toVector(text + "x".repeat(20 * batch)) },
      ["alone and in a batch: fail"],
    ],
    [
      "base64 that is not honoured",
      { dialects: ["openai"], encoding: "float" },
      ["base64 vectors: warn: answered with a list of numbers"],
    ],
    [
      "health that is not well",
      {
        dialects: ["tei"],
        get: {
          ...healthy,
          "/health/ready": { status: 503, body: { status: "unavailable", reason: "m: restarting" } },
        },
      },
      ["ready: fail: GET /health/ready answered 503: m: restarting"],
    ],
    [
      "an info that is no JSON",
      { dialects: ["tei"], get: { ...healthy, "/info": { body: "<html>" } } },
      ["info: warn: GET /info answered 200, not with a JSON object"],
    ],
  ])("names %s", async (_name, behaviour, problems) => {
    const found = describeProblems(await examine(behaviour));
    expect(found).toHaveLength(problems.length);
    for (const [index, problem] of problems.entries()) expect(found[index]).toContain(problem);
  });

  it.each(["[[NaN,1,0,0]]", "[[null,1,0,0]]", "[[1,-Infinity]]", "[[1e400,1,0,0]]"])(
    "names %s in place of numbers",
    async (body) => {
      const examination = await examine({
        dialects: ["tei"],
        post: (request, response, path) => {
          if (path !== "/embed" || !Array.isArray((request as { inputs?: unknown }).inputs)) return false;
          response.end(body);
          return true;
        },
      });
      expect(findCheck(examination, "finite numbers")).toMatchObject({ state: "fail" });
      expect(findCheck(examination, "one text")).toMatchObject({ state: "fail" });
      expect(findCheck(examination, "norm")).toMatchObject({ state: "skipped" });
    },
  );

  it("names a server that fails on every text", async () => {
    const examination = await examine({
      dialects: ["openai"],
      post: (_body, response) => {
        response.writeHead(500).end("boom");
        return true;
      },
    });
    expect(examination).toMatchObject({ reachable: true, dialect: undefined });
    expect(describeProblems(examination)).toEqual([
      expect.stringMatching(/^dialects: fail: .*openai answered 500; .*ollama answered 500$/),
    ]);
  });

  it.each<[string, number, string, string]>([
    [
      "500 for a client's mistake",
      500,
      '{"error":"x","error_type":"Backend"}',
      "fail: numbers in place of texts: answered 500",
    ],
    ["200 for a client's mistake", 200, "[[1,0,0,0]]", "fail: numbers in place of texts: answered 200"],
    [
      "an error without an envelope",
      422,
      "<html>",
      "warn: numbers in place of texts: answered 422 without a message",
    ],
  ])("names %s", async (_name, status, answer, problem) => {
    const examination = await examine({
      dialects: ["tei"],
      post: (body, response) => {
        if ((body as { inputs?: unknown }).inputs !== 42) return false;
        response.writeHead(status).end(answer);
        return true;
      },
    });
    const [found, ...others] = describeProblems(examination);
    expect(found).toContain(`error envelope: ${problem}`);
    expect(others).toEqual([]);
  });

  it("ends with a server that hangs", async () => {
    const examination = await examine({ dialects: ["openai"], post: () => true }, 50);
    expect(describeProblems(examination)).toEqual(["dialects: fail: sidecar did not answer within 50 ms"]);
  });

  it("says that nothing is there, and asks no more", async () => {
    const target = await startTarget({ dialects: [] });
    await target[Symbol.asyncDispose]();
    const examination = await examineTarget(target.url);
    expect(examination).toMatchObject({ reachable: false, dialect: undefined });
    expect(examination.checks).toHaveLength(1);
    expect(examination.checks[0]).toMatchObject({ name: "reachable", state: "fail" });
    expect(examination.checks[0]?.fix).toContain("Start the server");
  });

  it("examines the dialect that it is told", async () => {
    await using target = await startTarget({ dialects: ["openai", "tei"], get: healthy });
    const examination = await examineTarget(target.url, { dialect: "tei" });
    expect(examination.dialect).toBe("tei");
    expect(findCheck(examination, "dialects")?.detail).toContain("examined as tei");
  });
});
