import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv } from "ajv";
import { chatDialects, type ChatDialectName } from "@weir/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startChatTarget, type ChatTargetBehaviour } from "../probe/fixtures/start-chat-target.ts";
import { parseLimit } from "../record/limit.ts";
import type { RunRecord } from "../record/run-record.ts";
import { readStrictSchema } from "./fixtures/read-strict-schema.ts";
import type { ChatLoadRequest, RunRequest } from "./run-request.ts";
import { startRun } from "./start-run.ts";

const dialects = Object.keys(chatDialects) as ChatDialectName[];
const listed: ChatTargetBehaviour["get"] = {
  "/v1/models": () => ({ body: { object: "list", data: [{ id: "large" }] } }),
};

describe("startRun with chat", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-chat-runs-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  function requestFor(
    url: string,
    workload: Partial<ChatLoadRequest> = {},
    changes: Partial<RunRequest> = {},
  ): RunRequest {
    const said = (text: string): ChatLoadRequest["prompts"]["prompts"][number] => ({
      messages: [{ role: "user", parts: [{ kind: "text", text }] }],
    });
    return {
      url,
      workload: {
        kind: "chat",
        dialect: "auto",
        model: undefined,
        stream: true,
        prompts: { source: "test", prompts: [said("one"), said("three")] },
        maxTokens: 3,
        temperature: 0,
        ignoreEos: false,
        check: undefined,
        turns: { kind: "single" },
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
      ...changes,
    };
  }

  /** Runs, and reads what was written: every field of it is in the schema. */
  async function run(request: RunRequest): Promise<RunRecord> {
    const { folder } = await startRun(request);
    const record: unknown = JSON.parse(await readFile(path.join(folder, "run.json"), "utf8"));
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(await readStrictSchema());
    validate(record);
    expect(validate.errors ?? []).toEqual([]);
    return record as RunRecord;
  }

  it.each(dialects)("measures streams of %s, and records them", async (dialect) => {
    await using target = await startChatTarget({ dialects: [dialect] });
    const { summary, plan } = await run(requestFor(target.url, { dialect, model: "m" }));
    expect(summary).toMatchObject({
      completed: 10,
      failed: { total: 0 },
      ttftMs: { n: 10 },
      ttftFromDueMs: { n: 10 },
      ttfoMs: { n: 10 },
      chunkGapMs: { n: 20 },
      tpotMs: { n: 10 },
      firstToolCallMs: null,
      tokens: { input: 90, output: 30, usageKnownOf: 10 },
    });
    const seconds = (summary.window.endMs - summary.window.startMs) / 1000;
    expect(summary.tokens!.outputPerSecond).toBeCloseTo(30 / seconds, 6);
    expect(plan.workload).toMatchObject({
      kind: "chat",
      dialect,
      model: "m",
      stream: true,
      prompts: {
        source: "test",
        count: 2,
        messages: { min: 1, mean: 1, max: 1 },
        characters: { min: 3, mean: 4, max: 5 },
      },
      maxTokens: 3,
      temperature: 0,
      check: null,
      turns: { kind: "single" },
      cache: { kind: "busted", start: expect.stringMatching(/^[0-9a-z]{8}$/) as string },
    });
    // A target that is known is not asked what it is.
    const asked = target.requests.filter(({ line }) => !/^GET \/(?:info|metrics)$/.test(line));
    expect(asked.map(({ line }) => line)).toEqual(
      Array.from({ length: asked.length }, () => `POST ${chatDialects[dialect].path}`),
    );
  });

  it("finds dialect and model, then measures", async () => {
    await using target = await startChatTarget({ dialects: ["openai"], get: listed });
    const { plan, summary, environment } = await run(requestFor(target.url));
    expect(plan.workload).toMatchObject({ dialect: "openai", model: "large" });
    expect(environment.target.evidence.at(-1)).toBe("chose openai, model large");
    expect(summary.completed).toBe(10);
  });

  it("asks for the model alone where the dialect is given", async () => {
    await using target = await startChatTarget({ dialects: ["anthropic"], get: listed });
    const { plan, summary } = await run(requestFor(target.url, { dialect: "anthropic" }));
    expect(plan.workload).toMatchObject({ dialect: "anthropic", model: "large" });
    expect(summary.completed).toBe(10);
    expect(target.requests.filter(({ line }) => line.startsWith("POST"))).toHaveLength(10);
  });

  it.each(dialects)("measures whole answers of %s", async (dialect) => {
    await using target = await startChatTarget({ dialects: [dialect] });
    const { summary, plan } = await run(requestFor(target.url, { dialect, model: "m", stream: false }));
    expect(plan.workload).toMatchObject({ stream: false });
    expect(summary).toMatchObject({
      completed: 10,
      ttftMs: null,
      chunkGapMs: null,
      tokens: { output: 30, usageKnownOf: 10 },
    });
  });

  it("records turns of tools and of conversations", async () => {
    await using target = await startChatTarget({ dialects: ["openai"] });
    const known = { dialect: "openai", model: "m" } as const;
    const tool = { name: "look", description: "", parameters: { type: "object" } };
    const tools = { kind: "tools", toolTurns: 2, tools: [tool] } as const;
    const called = await run(requestFor(target.url, { ...known, turns: tools }));
    expect(called.plan.workload).toMatchObject({
      turns: {
        kind: "tools",
        toolTurns: 2,
        tools: ["look"],
        hash: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      },
    });
    // This server never calls a tool.
    expect(called.summary.checks.tallies["tool-turns"]).toMatchObject({ right: 0 });
    expect(called.summary.checks.tallies["tool-turns"]!.of).toBeGreaterThan(0);
    const conversation = { kind: "conversation", rounds: 2, agentHeader: undefined } as const;
    const talked = await run(requestFor(target.url, { ...known, turns: conversation }));
    expect(talked.plan.workload).toMatchObject({
      turns: { kind: "conversation", rounds: 2, agentHeader: null },
    });
    expect(talked.summary.completed).toBe(10);
  });

  it("does not guess tokens that the server does not count", async () => {
    await using target = await startChatTarget({ dialects: ["openai"], countsTokens: false });
    const { summary, verdict } = await run(requestFor(target.url, { dialect: "openai", model: "m" }));
    expect(summary).toMatchObject({ completed: 10, tokens: null, tpotMs: null, ttftMs: { n: 10 } });
    expect(verdict.sentence).toContain("requests/s (tokens not counted) at 2 users");
  });

  it("records a run whose target speaks nothing known", async () => {
    await using target = await startChatTarget({ dialects: [] });
    const { verdict, plan, summary } = await run(requestFor(target.url));
    expect(summary.units.kind).toBe("tokens");
    expect(verdict.kind).toBe("not-measured");
    expect(verdict.sentence).toContain("none of the chat APIs works there");
    expect(plan.workload).toMatchObject({ dialect: "auto", model: null, cache: { start: null } });
  });

  it("refuses what cannot be asked or judged before anything is sent", async () => {
    await using target = await startChatTarget({ dialects: dialects });
    const anthropic = { dialect: "anthropic", model: "m", ignoreEos: true } as const;
    await expect(startRun(requestFor(target.url, anthropic))).rejects.toThrow(
      "the anthropic dialect cannot ask for",
    );
    const limits = [parseLimit("ttft.p95 < 1s")];
    await expect(startRun(requestFor(target.url, { stream: false }, { limits }))).rejects.toThrow(
      "Leave --no-stream out",
    );
    expect(target.requests.filter(({ line }) => line.startsWith("POST"))).toEqual([]);
  });
});
