import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseHttpTarget, planScenario, type HttpPlan } from "@weir/load";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startChatTarget } from "../probe/fixtures/start-chat-target.ts";
import { parseLimit } from "../record/limit.ts";
import type { RunRecord } from "../record/run-record.ts";
import { readStrictSchema } from "./fixtures/read-strict-schema.ts";
import type { ChatLoadRequest, RunRequest } from "./run-request.ts";
import { startRun } from "./start-run.ts";

const models: HttpPlan = {
  kind: "http",
  requests: [{ method: "GET", path: "/v1/models", headers: {}, body: undefined }],
  expect: "2xx",
};

const chat: ChatLoadRequest = {
  kind: "chat",
  dialect: "auto",
  model: undefined,
  stream: true,
  prompts: {
    source: "test",
    prompts: [{ messages: [{ role: "user", parts: [{ kind: "text", text: "one" }] }] }],
  },
  maxTokens: 3,
  temperature: 0,
  ignoreEos: false,
  check: undefined,
  turns: { kind: "single" },
  cache: "busted",
};

describe("startRun with scenarios and mixes", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-mixed-runs-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  /** Runs, and reads what was written: every field of it is in the schema. */
  async function run(
    url: string,
    workload: RunRequest["workload"],
    changes: Partial<RunRequest> = {},
  ): Promise<RunRecord> {
    const { folder } = await startRun({
      url,
      workload,
      users: 2,
      seed: 1,
      durationMs: undefined,
      requests: 12,
      warmupMs: 0,
      limits: [parseLimit("errors < 1%")],
      headers: {},
      timeoutMs: 5000,
      outDirectory: out,
      name: undefined,
      ...changes,
    });
    const record: unknown = JSON.parse(await readFile(path.join(folder, "run.json"), "utf8"));
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(await readStrictSchema());
    validate(record);
    expect(validate.errors ?? []).toEqual([]);
    return record as RunRecord;
  }

  const listed = {
    dialects: ["openai"],
    get: { "/v1/models": () => ({ body: { object: "list", data: [{ id: "large" }] } }) },
  } as const;

  it("finds out what each part leaves open, and records the parts as they were sent", async () => {
    await using target = await startChatTarget(listed);
    const { plan, summary, environment } = await run(target.url, {
      kind: "mixed",
      parts: [
        { name: "chat", weight: 3, workload: chat },
        { name: "models", weight: 1, workload: models },
      ],
    });
    expect(plan.workload).toMatchObject({
      kind: "mixed",
      parts: [
        {
          name: "chat",
          weight: 3,
          workload: { kind: "chat", dialect: "openai", model: "large", cache: { kind: "busted" } },
        },
        { name: "models", weight: 1, workload: { kind: "http", requests: 1 } },
      ],
    });
    expect(environment.target.evidence).not.toEqual([]);
    expect(summary).toMatchObject({
      completed: 12,
      units: { kind: "requests", total: 12 },
      ttftMs: { n: 9 },
    });
    expect(summary.parts).toMatchObject([
      { name: "chat", counts: { completed: 9 } },
      { name: "models", counts: { completed: 3 } },
    ]);
  });

  it("records a scenario by its file, and how and by what the run was asked for", async () => {
    await using target = await startChatTarget(listed);
    const file = path.join(out, "models.ts");
    await writeFile(
      file,
      `export default { name: "models", steps: ["list"], *user() { yield { step: "list", path: "/v1/models" }; } };`,
    );
    const scenario = planScenario(file, parseHttpTarget(target.url), {});
    const { plan, summary } = await run(target.url, scenario, {
      preset: { name: "smoke", metric: undefined },
      stopErrorRate: { share: 0.1, windowMs: 30_000, leastCount: 20 },
      connection: {
        insecure: true,
        retries: 2,
        maxConnections: 8,
        firstByteTimeoutMs: 900,
        connectTimeoutMs: 70,
      },
    });
    const { hash } = scenario;
    expect(plan.workload).toEqual({ kind: "scenario", name: "models", file, steps: ["list"], hash });
    expect(plan.preset).toEqual({ name: "smoke", metric: null });
    expect(plan.stop.errorRate).toEqual({ share: 0.1, windowMs: 30_000, leastCount: 20 });
    expect(plan.transport).toEqual({
      headerNames: [],
      connectTimeoutMs: 70,
      timeoutMs: 5000,
      firstByteTimeoutMs: 900,
      httpVersion: "1.1",
      certificates: "any",
      maxConnections: 8,
      retries: 2,
    });
    expect(summary.completed).toBe(12);
  });
});
