import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { assert, afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHttpUser, until, type Answer } from "../fixtures/http-user.ts";
import { isBackend } from "../models/model-registry.ts";
import type { QueuedBackend } from "../models/queued-backend.ts";
import { createApiKey, type KeyLimits } from "../security/api-key.ts";
import { writeKeysFile } from "../security/keys-file.ts";

async function onlyModel(server: RunningServer): Promise<QueuedBackend> {
  const [model] = await server.ready;
  assert(model !== undefined && isBackend(model));
  return model;
}

describe("what an answer says of its time", () => {
  it("is the phases in Server-Timing, and TEI's headers in milliseconds", async () => {
    await using server = await startWeir({ echo: { blockMs: 5 } });
    using user = createHttpUser(server.url);
    const { headers } = await user.embed(["a", "b"]);
    const phases = String(headers["server-timing"]).split(", ");
    expect(phases.map((phase) => phase.split(";")[0])).toEqual([
      "queue",
      "tokenize",
      "infer",
      "encode",
      "total",
    ]);
    for (const phase of phases) expect(phase).toMatch(/^\w+;dur=\d+\.\d\d$/);
    expect(Number(headers["x-inference-time"])).toBeGreaterThanOrEqual(5);
    expect(Number(headers["x-queue-time"])).toBeGreaterThanOrEqual(0);
    expect(headers["x-process-time"]).toMatch(/^\d+\.\d\dms$/);
    expect((await user.get("/health/live")).headers).not.toHaveProperty("server-timing");
  });
});

describe("the terms of a request", () => {
  it.each([
    [{ "x-request-class": "urgent" }, "expected interactive, normal, batch"],
    [{ "x-request-timeout": "soon" }, "expected seconds above 0"],
  ])("that cannot be read are 400: %j", async (headers, message) => {
    await using server = await startWeir();
    using user = createHttpUser(server.url);
    const answer = await user.embed(["a"], headers);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(message);
  });
});

describe("a deadline", () => {
  it("that passes while the job runs is 504, not to be tried again; the slot is free when the work has ended", async () => {
    await using server = await startWeir({ echo: { blockMs: 300 } });
    const model = await onlyModel(server);
    using user = createHttpUser(server.url);
    const late = await user.embed(["a"], { "x-request-timeout": "150ms" });
    expect(late.status).toBe(504);
    expect(late.headers["x-should-retry"]).toBe("false");
    expect(late.headers).not.toHaveProperty("retry-after");
    await until(() => model.jobsHeld === 0);
    expect(model.admissionStats().totals.expired).toEqual({ waiting: 0, running: 1 });
    expect((await user.embed(["a"])).status).toBe(200);
  });

  it("is the server's where a request names none, and longer than that where it names one", async () => {
    const echo = { blockMs: 300, blockWord: "long" };
    await using server = await startWeir({ echo, limits: { requestTimeoutMs: 20 } });
    using user = createHttpUser(server.url);
    expect((await user.embed(["long"])).status).toBe(504);
    expect((await user.embed(["long"], { "x-request-timeout": "20s" })).status).toBe(200);
  });

  it("that cannot be met is refused at once, and says when it could be", async () => {
    await using server = await startWeir({ echo: { delayMs: 300 } });
    const model = await onlyModel(server);
    using user = createHttpUser(server.url);
    const text = "so that the rate is known ".repeat(8);
    await user.embed([text]);
    const others = Array.from({ length: 6 }, () => createHttpUser(server.url));
    const pending = others.map((other) => other.embed([text]));
    await until(() => model.jobsHeld === 6);
    const refused = await user.embed([text], { "x-request-timeout": "0.4" });
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.text)).toMatchObject({ code: "DEADLINE_UNREACHABLE" });
    expectRetryAdvice(refused);
    expect((await Promise.all(pending)).map(({ status }) => status)).toEqual(Array(6).fill(200));
    for (const other of others) other[Symbol.dispose]();
  });
});

describe("a client that hangs up", () => {
  it("frees its place in the queue, and what it asked for is never computed", async () => {
    await using server = await startWeir({ echo: { delayMs: 100 } });
    const model = await onlyModel(server);
    const users = Array.from({ length: 3 }, () => createHttpUser(server.url));
    const running = users.slice(0, 2).map((user) => user.embed(["a"]));
    await until(() => model.jobsHeld === 2);
    const controller = new AbortController();
    const waiting = users[2]!.embed(["b"], {}, controller.signal);
    await until(() => model.jobsHeld === 3);
    controller.abort();
    await expect(waiting).rejects.toThrow("abort");
    await until(() => model.jobsHeld < 3);
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
    const { totals } = model.admissionStats();
    expect(totals.cancelled).toEqual({ waiting: 1, running: 0 });
    expect(totals.dispatched).toBe(2);
    for (const user of users) user[Symbol.dispose]();
  });
});

describe("keys", () => {
  let root: string;
  const keys: Record<"first" | "second" | "limited", string> = { first: "", second: "", limited: "" };
  const file = (): string => join(root, "keys.json");
  const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "weir-test-"));
    const create = (name: string, limits: KeyLimits = {}) =>
      createApiKey({ name, scopes: ["infer"], limits });
    const created = {
      first: create("first"),
      second: create("second"),
      limited: create("limited", { maxJobs: 1 }),
    };
    await writeKeysFile(
      file(),
      Object.values(created).map(({ record }) => record),
    );
    for (const name of ["first", "second", "limited"] as const) keys[name] = created[name].key;
  });
  afterAll(() => rm(root, { recursive: true }));

  it("have limits of their own: 429, with the time after which one more may come", async () => {
    await using server = await startWeir({ echo: { delayMs: 200 }, security: { apiKeysFile: file() } });
    const model = await onlyModel(server);
    using user = createHttpUser(server.url, bearer(keys.limited));
    using again = createHttpUser(server.url, bearer(keys.limited));
    using other = createHttpUser(server.url, bearer(keys.first));
    const running = user.embed(["a"]);
    await until(() => model.jobsHeld === 1);
    const refused = await again.embed(["b"]);
    expect(refused.status).toBe(429);
    expectRetryAdvice(refused);
    expect((await other.embed(["c"])).status).toBe(200);
    expect((await running).status).toBe(200);
  });

  it("share the model: a queue full of one key's batch jobs lets another's interactive job pass", async () => {
    await using server = await startWeir({
      echo: { blockMs: 20 },
      limits: { jobs: 60 },
      security: { apiKeysFile: file() },
    });
    const model = await onlyModel(server);
    const users = Array.from({ length: 60 }, () => createHttpUser(server.url, bearer(keys.first)));
    let finished = 0;
    const batch = users.map(async (user) => {
      const { status } = await user.embed(["a"], { "x-request-class": "batch" });
      finished++;
      return status;
    });
    await until(() => model.admissionStats().totals.admitted === 60);
    using other = createHttpUser(server.url, bearer(keys.second));
    const answer = other.embed(["b"], { "x-request-class": "interactive" });
    await until(() => model.admissionStats().keys.length === 2);
    const before = finished;
    expect((await answer).status).toBe(200);
    // Two were in flight before it; one more answer may already have been on its way to its client.
    expect(finished - before).toBeLessThanOrEqual(3);
    expect(new Set(await Promise.all(batch))).toEqual(new Set([200]));
    for (const user of users) user[Symbol.dispose]();
  });

  it("share the queue: when it is full, the newest job of the largest holder gives its place", async () => {
    await using server = await startWeir({
      echo: { delayMs: 300 },
      limits: { jobs: 4 },
      security: { apiKeysFile: file() },
    });
    const model = await onlyModel(server);
    const users = Array.from({ length: 6 }, () => createHttpUser(server.url, bearer(keys.first)));
    const large = users.map((user) => user.embed(["a"], { "x-request-class": "batch" }));
    await until(() => model.jobsHeld === 6);
    using other = createHttpUser(server.url, bearer(keys.second));
    const small = other.embed(["b"]);
    const displaced = await Promise.race(
      large.map(async (answer) => ((await answer).status === 503 ? answer : new Promise<never>(() => {}))),
    );
    expectRetryAdvice(displaced);
    expect((await small).status).toBe(200);
    const statuses = (await Promise.all(large)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    for (const user of users) user[Symbol.dispose]();
  });
});

function expectRetryAdvice({ headers }: Answer): void {
  const ms = Number(headers["retry-after-ms"]);
  expect(ms).toBeGreaterThan(0);
  expect(Number(headers["retry-after"])).toBe(Math.ceil(ms / 1_000));
  expect(headers["x-should-retry"]).toBe("true");
}
