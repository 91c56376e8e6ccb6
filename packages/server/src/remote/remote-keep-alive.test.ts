import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { QueuedBackend, RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { Ollama } from "ollama";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../fixtures/http-user.ts";
import { startScripted, type ScriptedServer } from "./fixtures/scripted-server.ts";

const engineModule = import.meta.resolve("@weir/engine/echo");

let remote: ScriptedServer;
let weir: RunningServer;
let model: QueuedBackend;
let ollama: Ollama;
let events: string[];
beforeEach(async () => {
  events = [];
  remote = await startScripted();
  // Ollama's answer with one vector of 2 for each input.
  remote.answer = (response, { body }) => {
    const { input } = JSON.parse(body) as { input: string | string[] };
    const embeddings = [input].flat().map(() => [0.6, 0.8]);
    response.end(JSON.stringify({ model: "theirs", embeddings, load_duration: 7, prompt_eval_count: 5 }));
  };
});
afterEach(async () => {
  await weir[Symbol.asyncDispose]();
  await remote[Symbol.asyncDispose]();
});

const toRemote = () => ({ url: remote.url, dialect: "ollama", model: "theirs", slots: 1 }) as const;

async function start(options: Parameters<typeof startWeir>[0] = {}): Promise<void> {
  weir = await startWeir({
    launchToken: "s3cret",
    // Whatever path is named, other than the remote server's, is the echo engine.
    locateModel: async (path) =>
      path === "remote" ? { remote: toRemote() } : { engineModule, spec: { path, options: {} } },
    onReplicaEvent: (_model, { kind }) => void events.push(kind),
    ...options,
  });
  [model] = (await weir.ready) as [QueuedBackend];
  ollama = new Ollama({ host: weir.url });
}

async function swap(path: string): Promise<unknown> {
  const headers = { authorization: "Bearer s3cret" };
  const body = JSON.stringify({ path });
  const answer = await fetch(`${weir.url}/admin/models/echo`, { method: "PUT", headers, body });
  return answer.json();
}

describe("keep_alive of a model on another server", () => {
  beforeEach(() => start({ keepAliveMs: 30, models: [{ name: "echo", remote: toRemote() }] }));

  it("goes on to an Ollama with the rest of the body, and unloads nothing here", async () => {
    const body = '{"model":"echo", "keep_alive" : 0,"input":"a"}';
    const answer = await fetch(`${weir.url}/api/embed`, { method: "POST", body });
    expect(await answer.json()).toMatchObject({
      model: "theirs",
      embeddings: [[0.6, 0.8]],
      load_duration: 7,
    });
    expect(answer.headers.get("server-timing")).toMatch(/^queue;dur=.*infer;dur=.*total;dur=/);
    expect(Number(answer.headers.get("x-inference-time"))).toBeGreaterThan(0);
    expect(remote.requests.at(-1)!.body).toBe('{"model":"theirs", "keep_alive" : 0,"input":"a"}');
    expect(model).toMatchObject({ state: { kind: "ready" }, expiresInMs: Number.POSITIVE_INFINITY });
  });

  it("is answered with what is true where nothing is asked for but to load or unload", async () => {
    const asked = remote.requests.length;
    const loaded = { model: "echo", embeddings: [] };
    expect(await ollama.embed({ model: "echo", input: "" })).toEqual(loaded);
    expect(await ollama.embed({ model: "echo", input: "", keep_alive: 0 })).toEqual(loaded);
    expect(await ollama.generate({ model: "echo", prompt: "", keep_alive: 0 })).toMatchObject({
      done_reason: "load",
    });
    await model.unload();
    expect(model.state.kind).toBe("ready");
    expect(remote.requests).toHaveLength(asked);
    const [listed] = (await ollama.ps()).models;
    expect(listed).toMatchObject({ name: "echo", size: 0, size_vram: 0, details: { format: "" } });
    expect(new Date(listed!.expires_at).getFullYear()).toBeGreaterThan(2_300);
    expect((await ollama.list()).models).toMatchObject([{ name: "echo", size: 0 }]);
    const health: unknown = await (await fetch(`${weir.url}/health`)).json();
    expect(health).toMatchObject({ state: "ok", models: [{ state: "ready", keep_alive_seconds: null }] });
  });
});

it("is not said to be loaded while the other server is away: a request to load it waits for that", async () => {
  await start({ models: [{ name: "echo", remote: { ...toRemote(), timeoutMs: 200 } }] });
  const { answer } = remote;
  remote.answer = () => {};
  await expect(ollama.embed({ model: "echo", input: "a" })).rejects.toMatchObject({ status_code: 502 });
  await until(() => model.state.kind === "unreachable");
  expect((await ollama.ps()).models).toEqual([]);
  const loading = ollama.embed({ model: "echo", input: "" });
  await until(() => model.jobsHeld === 1);
  remote.answer = answer;
  expect(await loading).toEqual({ model: "echo", embeddings: [] });
  expect((await ollama.ps()).models).toHaveLength(1);
});

describe("a model that is swapped to another server and back", () => {
  it("keeps what was said of its keep-alive to its own replicas", async () => {
    await start();
    await ollama.embed({ model: "echo", input: "a", keep_alive: "1h" });
    expect(await swap("remote")).toMatchObject({ state: "ready", device: "remote" });
    expect(model.expiresInMs).toBe(Number.POSITIVE_INFINITY);
    await ollama.embed({ model: "echo", input: "a", keep_alive: "5m" });
    expect(await swap("/")).toMatchObject({ state: "ready", replicas: 1 });
    expect(model.expiresInMs).toBeGreaterThan(3_500_000);
    expect(model.expiresInMs).toBeLessThanOrEqual(3_600_000);
  });

  it("is woken by that where it was asleep, and goes to sleep again after it", async () => {
    await start({ keepAliveMs: 30 });
    await until(() => model.state.kind === "asleep");
    expect(await swap("remote")).toMatchObject({ state: "ready", device: "remote" });
    const { embeddings } = await ollama.embed({ model: "echo", input: "a" });
    expect(embeddings).toEqual([[0.6, 0.8]]);
    expect(events).not.toContain("loaded");
    expect(await swap("/")).toMatchObject({ device: "cpu" });
    await until(() => model.state.kind === "asleep");
    expect((await ollama.embed({ model: "echo", input: "a" })).embeddings[0]).toHaveLength(8);
  });

  it("while it loads gives the jobs that wait for that to the other server", async () => {
    const directory = await mkdtemp(join(tmpdir(), "weir-test-"));
    const engine = join(directory, "engine.mjs");
    try {
      await writeFile(engine, `export * from ${JSON.stringify(engineModule)};`);
      await start({ models: [{ name: "echo", engineModule: engine, spec: { path: "/", options: {} } }] });
      await model.unload();
      await writeFile(engine, "setInterval(() => {}, 1_000); await new Promise(() => {});");
      // In their own dialect, so that what they say of themselves is ours.
      const waiting = Array.from({ length: 6 }, (_, index) =>
        fetch(`${weir.url}${index % 2 === 0 ? "/v1/embeddings" : "/api/embed"}`, {
          method: "POST",
          body: '{"model":"echo","input":"a"}',
        }),
      );
      await until(() => model.state.kind === "loading" && model.jobsHeld === 6);
      expect(await swap("remote")).toMatchObject({ state: expect.stringMatching(/ready/), dimensions: 2 });
      for (const answer of await Promise.all(waiting)) {
        expect(answer.status).toBe(200);
        const { load_duration: loadNs } = (await answer.json()) as { load_duration?: number };
        expect([undefined, 0]).toContain(loadNs);
      }
      expect(events).not.toContain("load-failed");
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
