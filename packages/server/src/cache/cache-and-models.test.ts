import type { QueuedBackend, RunningServer } from "@weir/server";
import { startWeir, type WeirOptions } from "@weir/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpUser, until } from "../fixtures/http-user.ts";
import { readMetrics } from "../observing/fixtures/clients.ts";
import { startScripted } from "../remote/fixtures/scripted-server.ts";

const engineModule = import.meta.resolve("@weir/engine/echo");

let weir: RunningServer;
let model: QueuedBackend;
afterEach(() => weir[Symbol.asyncDispose]());

async function start(options: WeirOptions = {}): Promise<void> {
  weir = await startWeir({ cache: { ramBytes: 8e6 }, launchToken: "s3cret", ...options });
  [model] = (await weir.ready) as [QueuedBackend];
}

async function post(path: string, body: object): Promise<{ status: number; cache: string | null }> {
  const answer = await fetch(weir.url + path, { method: "POST", body: JSON.stringify(body) });
  await answer.arrayBuffer();
  return { status: answer.status, cache: answer.headers.get("x-cache") };
}

const embed = (input: string | readonly string[], more: object = {}) =>
  post("/api/embed", { model: "echo", input, ...more });

/** Takes both slots of the one replica until its process is ended. */
async function fill(): Promise<{ end(): Promise<void> }> {
  const { state } = model;
  const users = [createHttpUser(weir.url), createHttpUser(weir.url)];
  const stop = new AbortController();
  const held = users.map((user, index) => user.embed([`long ${index}`], {}, stop.signal).catch(() => {}));
  await until(() => model.jobsHeld === 2);
  return {
    async end() {
      stop.abort();
      process.kill((state.kind === "ready" ? state.pid : undefined)!, "SIGKILL");
      await Promise.all(held);
      for (const user of users) user[Symbol.dispose]();
    },
  };
}

async function swap(path: string): Promise<number> {
  const headers = { authorization: "Bearer s3cret" };
  const body = JSON.stringify({ path });
  return (await fetch(`${weir.url}/admin/models/echo`, { method: "PUT", headers, body })).status;
}

describe("the cache of a model that sleeps", () => {
  it("answers without waking it, and what is missing wakes it once", async () => {
    await start();
    await embed(["a", "b"]);
    await embed([], { keep_alive: 0 });
    await until(() => model.state.kind === "asleep");
    expect(await embed(["b", "a"])).toEqual({ status: 200, cache: "hit" });
    expect(model.state.kind).toBe("asleep");
    expect(await embed(["a", "c"])).toEqual({ status: 200, cache: "partial" });
    expect(model.state.kind).toBe("ready");
    const metrics = await readMetrics(weir.url);
    // What was computed at the moment of its waking is kept, and was not computed twice.
    expect(metrics.sum("weir_inputs_total", { model: "echo" })).toBe(3);
    expect(await embed(["a", "b", "c"])).toEqual({ status: 200, cache: "hit" });
  });

  it("counts a hit as a use, with what that says of keep_alive", async () => {
    await start({ keepAliveMs: 3_600_000 });
    await embed("a");
    expect(await embed("a", { keep_alive: "2h" })).toMatchObject({ cache: "hit" });
    expect(model.expiresInMs).toBeGreaterThan(7_000_000);
    expect(await embed("a", { keep_alive: 0 })).toMatchObject({ cache: "hit" });
    await until(() => model.state.kind === "asleep");
    expect(await embed("a", { keep_alive: 0 })).toMatchObject({ cache: "hit" });
    expect(await embed("a", { keep_alive: "2h" })).toMatchObject({ cache: "hit" });
    expect(model.state.kind).toBe("asleep");
    expect(await embed("b")).toMatchObject({ cache: "miss" });
    expect(model.expiresInMs).toBeGreaterThan(7_000_000);
  });
});

describe("the cache of a model that moves", () => {
  it("has nothing to do with what another server computes, and knows the model when it is back", async () => {
    await using remote = await startScripted();
    await start({
      locateModel: async (path) =>
        path === "remote"
          ? { remote: { url: remote.url, dialect: "openai", model: "theirs" } }
          : { engineModule, spec: { path: "/", options: {} } },
    });
    expect(await embed("a")).toMatchObject({ cache: "miss" });
    expect(await swap("remote")).toBe(200);
    const asked = remote.requests.length;
    for (const path of ["/v1/embeddings", "/api/embed"])
      for (let turn = 0; turn < 2; turn++)
        expect(await post(path, { model: "echo", input: "a" })).toEqual({ status: 200, cache: null });
    expect(remote.requests).toHaveLength(asked + 4);
    expect((await readMetrics(weir.url)).value("weir_cache_misses_total", { model: "echo" })).toBe(1);
    expect(await swap("/")).toBe(200);
    expect(await embed("a")).toMatchObject({ cache: "hit" });
  });

  it("keeps nothing of a job that moved to another server while it waited", async () => {
    await using remote = await startScripted();
    await start({
      echo: { blockMs: 60_000, blockWord: "long" },
      locateModel: async () => ({ remote: { url: remote.url, dialect: "openai", model: "theirs" } }),
    });
    await embed("known");
    const held = await fill();
    const waiting = [embed(["known", "new"]), embed("new")];
    await until(() => model.jobsHeld === 3);
    expect(await swap("remote")).toBe(200);
    expect(await Promise.all(waiting)).toEqual([
      { status: 200, cache: null },
      { status: 200, cache: null },
    ]);
    await held.end();
  });
});

describe("a calibration", () => {
  it("leaves nothing in the cache and takes nothing from it", async () => {
    await start();
    const metrics = await readMetrics(weir.url);
    expect(metrics.value("weir_cache_entries", { store: "ram" })).toBe(0);
    expect(metrics.sum("weir_cache_misses_total", { model: "echo" })).toBe(0);
  });
});

describe("a full server with a cache", () => {
  it("answers what it knows, but refuses bodies that are too large to look into", async () => {
    await start({ echo: { blockMs: 60_000, blockWord: "long" }, limits: { jobs: 0 } });
    const [small, large] = ["a", "many words ".repeat(2_000)];
    await embed([small, large]);
    const held = await fill();
    expect(await embed(small)).toEqual({ status: 200, cache: "hit" });
    expect(await embed(large)).toEqual({ status: 503, cache: null });
    await held.end();
  });
});
