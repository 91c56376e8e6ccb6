import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { QueuedBackend, RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { Ollama } from "ollama";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../fixtures/http-user.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";

let weir: RunningServer;
let model: QueuedBackend;
let ollama: Ollama;
let events: ReplicaEvent[];

async function start(options: Parameters<typeof startWeir>[0] = {}): Promise<void> {
  events = [];
  weir = await startWeir({ ...options, onReplicaEvent: (_model, event) => void events.push(event) });
  [model] = (await weir.ready) as [QueuedBackend];
  ollama = new Ollama({ host: weir.url });
}
afterEach(() => weir[Symbol.asyncDispose]());

async function get(path: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const answer = await fetch(weir.url + path, { headers });
  return { status: answer.status, ...((await answer.json()) as object) };
}

async function embed(fields: object, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const body = JSON.stringify({ model: "echo", input: "a", ...fields });
  const answer = await fetch(`${weir.url}/api/embed`, { method: "POST", body, headers });
  return { status: answer.status, ...((await answer.json()) as object) };
}

async function readMetric(name: string): Promise<string | undefined> {
  const text = await (await fetch(`${weir.url}/metrics`)).text();
  return new RegExp(`^${name}(?:\\{[^}]*\\})? (.*)$`, "m").exec(text)?.[1];
}

const count = (kind: ReplicaEvent["kind"]): number => events.filter((event) => event.kind === kind).length;
const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};
const pidOf = ({ state }: QueuedBackend): number => (state.kind === "ready" ? (state.pid ?? 0) : 0);

describe("Ollama's own client", () => {
  beforeEach(() => start());

  it("unloads, sees the truth everywhere, and loads again", async () => {
    const pid = pidOf(model);
    expect((await ollama.embed({ model: "echo", input: "a", keep_alive: "5m" })).embeddings).toHaveLength(1);
    const [loaded] = (await ollama.ps()).models;
    expect(loaded).toMatchObject({ name: "echo", model: "echo", size_vram: 0 });
    expect(Date.parse(String(loaded!.expires_at)) - Date.now()).toBeGreaterThan(290_000);

    expect(await ollama.embed({ model: "echo", input: "", keep_alive: 0 })).toEqual({
      model: "echo",
      embeddings: [],
    });
    expect(isGone(pid)).toBe(true);
    expect(model.replicas).toEqual([]);
    expect((await ollama.ps()).models).toEqual([]);
    expect((await ollama.list()).models).toMatchObject([{ name: "echo" }]);
    expect(await get("/v1/models")).toMatchObject({ data: [{ id: "echo" }] });
    const asleep = { status: "ok", reason: "echo: asleep, the next request loads it" };
    const ready = await fetch(`${weir.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, asleep]);
    expect(await get("/v2/models/echo/ready")).toMatchObject({ status: 200, ready: true });
    expect(await get("/health")).toMatchObject({
      state: "ok",
      causes: ["echo: asleep, the next request loads it"],
      models: [{ name: "echo", state: "asleep", replicas: [], queue: { slots: 0 } }],
    });
    expect(await get("/info")).toMatchObject({ status: 200, dim: 8, model_id: "echo" });
    expect(await readMetric("weir_models_loaded")).toBe("0");
    expect(await readMetric("weir_model_asleep")).toBe("1");
    expect(await readMetric("weir_model_info")).toBeUndefined();

    expect(await ollama.embed({ model: "echo", input: "" })).toEqual({ model: "echo", embeddings: [] });
    expect(model.state.kind).toBe("ready");
    expect(pidOf(model)).not.toBe(pid);
    expect((await ollama.ps()).models).toHaveLength(1);
    expect(await get("/health/ready")).toEqual({ status: "ok" });
    expect(await readMetric("weir_models_loaded")).toBe("1");
  });

  it("loads and unloads by an empty prompt and by no messages", async () => {
    const unloaded = await ollama.generate({ model: "echo", prompt: "", keep_alive: 0 });
    expect(unloaded).toMatchObject({ model: "echo", response: "", done: true, done_reason: "unload" });
    expect(model.state.kind).toBe("asleep");
    const loaded = await ollama.chat({ model: "echo", messages: [], keep_alive: "10m" });
    expect(loaded).toMatchObject({ message: { role: "assistant", content: "" }, done_reason: "load" });
    expect(model.state.kind).toBe("ready");
    expect(model.expiresInMs).toBeLessThanOrEqual(600_000);
    await expect(ollama.generate({ model: "echo", prompt: "why?" })).rejects.toMatchObject({
      status_code: 400,
      message: 'model "echo" does not write text: it is a model for embeddings. Use POST /api/embed.',
    });
    await expect(ollama.generate({ model: "other", prompt: "" })).rejects.toMatchObject({ status_code: 404 });
  });

  it("is told what is wrong with a keep_alive", async () => {
    await expect(ollama.embed({ model: "echo", input: "a", keep_alive: "5x" })).rejects.toMatchObject({
      status_code: 400,
      message: expect.stringContaining("keep_alive: expected seconds (300; 0 unloads, -1 is forever)"),
    });
  });

  it("stays for ever where it says so, 292 years as Ollama's does", async () => {
    await ollama.embed({ model: "echo", input: "a", keep_alive: -1 });
    const [loaded] = (await ollama.ps()).models;
    expect(new Date(loaded!.expires_at).getFullYear()).toBeGreaterThan(2_300);
    expect(model.expiresInMs).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("a model that is asleep", () => {
  it("is loaded once for all requests that wait for it, and says how long that took", async () => {
    await start();
    await model.unload();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => embed({ input: `text ${index}` })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(count("loaded")).toBe(1);
    expect(answers[0]!["load_duration"]).toBeGreaterThan(1_000_000);
    expect((await embed({}))["load_duration"]).toBe(0);
  });

  it("fails a request whose deadline passes while it loads, and serves the next", async () => {
    await start();
    await model.unload();
    expect(await embed({}, { "x-request-timeout": "20ms" })).toMatchObject({ status: 504 });
    expect(await embed({})).toMatchObject({ status: 200 });
    expect(count("loaded")).toBe(1);
  });

  it("tells those that wait why it cannot be loaded, and tries again for the next", async () => {
    const directory = await mkdtemp(join(tmpdir(), "weir-test-"));
    const engine = join(directory, "engine.mjs");
    const good = `export * from ${JSON.stringify(import.meta.resolve("@weir/engine/echo"))};`;
    try {
      await writeFile(engine, good);
      await start({ models: [{ name: "echo", engineModule: engine, spec: { path: "/", options: {} } }] });
      await model.unload();
      await writeFile(engine, "throw new Error('the disk is gone');");
      for (const answer of await Promise.all([
        embed({}),
        embed({ input: "" }),
        embed({ keep_alive: "1h" }),
      ])) {
        expect(answer).toMatchObject({
          status: 503,
          error: expect.stringMatching(
            /^model echo was asleep and could not be loaded again: .*disk is gone/s,
          ),
        });
      }
      expect(count("load-failed")).toBe(1);
      expect(await get("/health")).toMatchObject({ state: "degraded", status: "ok" });
      expect(model.jobsHeld).toBe(0);
      await writeFile(engine, good);
      expect(await embed({})).toMatchObject({ status: 200 });
      expect(await get("/health")).toMatchObject({ state: "ok", causes: [] });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("is loaded where nobody may wait, for the one that comes back", async () => {
    await start({ limits: { jobs: 0 } });
    await model.unload();
    expect(await embed({})).toMatchObject({ status: 503 });
    await until(() => model.state.kind === "ready");
    expect(await embed({})).toMatchObject({ status: 200 });
  });

  it("is swapped, reloaded and unloaded over /admin/models as any other", async () => {
    const locateModel = async (path: string) => ({
      engineModule: import.meta.resolve("@weir/engine/echo"),
      spec: { path, options: { dimensions: 12 } },
    });
    await start({ launchToken: "s3cret", locateModel });
    const headers = { authorization: "Bearer s3cret" };
    await model.unload();
    expect(await get("/admin/models", headers)).toMatchObject({
      models: [{ name: "echo", state: "asleep", replicas: 0 }],
    });
    const url = `${weir.url}/admin/models/echo`;
    const swapped = await fetch(url, { method: "PUT", headers, body: '{"path":"/twelve"}' });
    expect(await swapped.json()).toMatchObject({ state: "ready", path: "/twelve", dimensions: 12 });
    await model.unload();
    const { embeddings } = (await embed({})) as unknown as { embeddings: number[][] };
    expect(embeddings[0]).toHaveLength(12);
    await model.unload();
    expect((await fetch(url, { method: "DELETE", headers })).status).toBe(200);
    expect(await embed({})).toMatchObject({ status: 404 });
  });

  it("is closed with the server, asleep or loading", async () => {
    await start();
    await model.unload();
    const waiting = embed({});
    await until(() => model.state.kind === "loading");
    await weir[Symbol.asyncDispose]();
    // What had been let in is served before the end.
    expect(await waiting).toMatchObject({ status: 200 });
    expect(model.state.kind).toBe("stopped");
  });
});

describe("unloading", () => {
  it("comes after what runs, and loses none of the requests that come at that moment", async () => {
    await start({ echo: { delayMs: 20 } });
    const pid = pidOf(model);
    const running = embed({ keep_alive: "1h" });
    await until(() => model.jobsHeld === 1);
    const unloading = embed({ input: "", keep_alive: 0 });
    expect(await running).toMatchObject({ status: 200 });
    await unloading;
    await until(() => isGone(pid));
    // Each of these asks for its end; each of them is served all the same.
    const users = Array.from({ length: 4 }, async () => {
      for (let turn = 0; turn < 3; turn++) expect((await embed({ keep_alive: 0 }))["status"]).toBe(200);
    });
    await Promise.all(users);
    await until(() => model.state.kind === "asleep");
    expect(count("load-failed") + count("ended")).toBe(0);
  });

  it("happens by itself when the server's time is over, at a start as well", async () => {
    await start({ keepAliveMs: 30 });
    await until(() => model.state.kind === "asleep");
    expect(await embed({})).toMatchObject({ status: 200 });
    await until(() => count("unloaded") === 2);
    expect(await embed({ keep_alive: -1 })).toMatchObject({ status: 200 });
    expect(model.expiresInMs).toBe(Number.POSITIVE_INFINITY);
  });
});
