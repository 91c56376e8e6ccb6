import { startWeir, type WeirOptions } from "@weir/testkit";
import { assert, describe, expect, it } from "vitest";
import { createHttpUser, until } from "../fixtures/http-user.ts";
import { readMetrics } from "../observing/fixtures/clients.ts";

const cache = { ramBytes: 8e6 };

async function startCached(options: WeirOptions = {}) {
  const weir = await startWeir({ cache, ...options });
  const [model] = await weir.ready;
  async function embed(body: Record<string, unknown>, headers: Record<string, string> = {}) {
    const answer = await fetch(`${weir.url}/v1/embeddings`, {
      method: "POST",
      body: JSON.stringify(body),
      headers,
    });
    const { "x-cache": status, "x-cache-hits": hits } = Object.fromEntries(answer.headers);
    return { status, hits, code: answer.status, json: (await answer.json()) as Record<string, unknown> };
  }
  async function computed(): Promise<number> {
    return (await readMetrics(weir.url)).sum("weir_inputs_total", { model: "echo" });
  }
  return { weir, model: model!, embed, computed, [Symbol.asyncDispose]: () => weir[Symbol.asyncDispose]() };
}

describe("an embedding server with a cache", () => {
  it("answers the second time what it answered the first time, token counts included", async () => {
    await using server = await startCached();
    const input = ["a weir", "holds the river", "a weir", "x ".repeat(100)];
    const first = await server.embed({ input });
    expect(first).toMatchObject({ status: "partial", hits: "1" });
    const second = await server.embed({ input });
    expect(second).toMatchObject({ status: "hit", hits: "4" });
    expect(second.json).toEqual(first.json);
    expect(second.json["truncated_inputs"]).toBe(1);
    await using plain = await startWeir();
    const body = JSON.stringify({ input });
    const without = await fetch(`${plain.url}/v1/embeddings`, { method: "POST", body });
    expect(await without.json()).toEqual(first.json);
    expect(without.headers.has("x-cache")).toBe(false);
  });

  it("computes only what is missing, and keeps the order", async () => {
    await using server = await startCached();
    const [b, d] = ["bb", "dd"];
    await server.embed({ input: [b, d] });
    expect(await server.computed()).toBe(2);
    const mixed = await server.embed({ input: ["aa", d, "cc", b, "aa"] });
    expect(mixed).toMatchObject({ status: "partial", hits: "3" });
    expect(await server.computed()).toBe(4);
    await using plain = await startWeir();
    const body = JSON.stringify({ input: ["aa", d, "cc", b, "aa"] });
    const without = await fetch(`${plain.url}/v1/embeddings`, { method: "POST", body });
    expect(mixed.json).toEqual(await without.json());
  });

  it("leaves alone what is no vector of an input: scores, and the vectors of tokens", async () => {
    const engineModule = import.meta.resolve("@weir/engine/echo");
    const toModel = (name: string, options: Record<string, string[]>) => ({
      name,
      engineModule,
      spec: { path: "/", options },
    });
    const models = [toModel("echo", {}), toModel("cross", { labels: ["LABEL_0"] })];
    await using server = await startCached({ models });
    const ask = async (path: string, body: object) => {
      const answer = await fetch(server.weir.url + path, { method: "POST", body: JSON.stringify(body) });
      return {
        code: answer.status,
        cache: answer.headers.get("x-cache"),
        json: await answer.json(),
      };
    };
    await server.embed({ input: "a weir" });
    for (const [path, body] of [
      ["/rerank", { query: "a weir", texts: ["a weir", "a river"] }],
      ["/embed_all", { inputs: "a weir" }],
    ] as const) {
      const first = await ask(path, body);
      expect(first).toMatchObject({ code: 200, cache: null });
      expect(await ask(path, body)).toEqual(first);
    }
    expect(await server.embed({ input: "a weir" })).toMatchObject({ status: "hit", hits: "1" });
  });

  it("keeps apart what is not made in the same way", async () => {
    await using server = await startCached();
    const status = async (body: Record<string, unknown>) => (await server.embed(body)).status;
    expect(await status({ input: "a" })).toBe("miss");
    expect(await status({ input: "a", dimensions: 4 })).toBe("miss");
    expect(await status({ input: "a", dimensions: 8 })).toBe("hit");
    expect(await status({ input: "a", truncate: false })).toBe("miss");
    expect(await status({ input: [[7, 8]] })).toBe("miss");
    expect(await status({ input: [[7, 8]] })).toBe("hit");
    expect(await status({ input: "7,8" })).toBe("miss");
    const sidecar = async (body: Record<string, unknown>) =>
      (await fetch(`${server.weir.url}/embed`, { method: "POST", body: JSON.stringify(body) })).headers.get(
        "x-cache",
      );
    expect(await sidecar({ texts: ["a"] })).toBe("hit");
    expect(await sidecar({ texts: ["a"], normalize: false })).toBe("miss");
    expect(await sidecar({ texts: ["a"], pooling: "mean" })).toBe("hit");
    expect(await sidecar({ texts: ["a"], pooling: "max" })).toBe("miss");
  });

  it("refuses a text that is too long with its place in the whole list", async () => {
    await using server = await startCached();
    await server.embed({ input: ["a", "b"], truncate: false });
    const refused = await server.embed({ input: ["a", "b", "x ".repeat(100)], truncate: false });
    expect(refused.code).toBe(400);
    expect(refused.json).toMatchObject({ error: { param: "input[2]" } });
  });

  it("answers from the cache while no place is free, and while the model is down", async () => {
    await using server = await startCached({
      echo: { blockMs: 60_000, blockWord: "long" },
      limits: { jobs: 0 },
    });
    await server.embed({ input: "a" });
    const stop = new AbortController();
    const users = [createHttpUser(server.weir.url), createHttpUser(server.weir.url)];
    const held = users.map((user, index) => user.embed([`long ${index}`], {}, stop.signal).catch(() => {}));
    await until(() => server.model.jobsHeld === 2);
    expect((await server.embed({ input: "b" })).code).toBe(503);
    expect(await server.embed({ input: "a" })).toMatchObject({ code: 200, status: "hit" });
    const { state } = server.model;
    process.kill((state.kind === "ready" ? state.pid : undefined)!, "SIGKILL");
    await until(() => server.model.state.kind !== "ready");
    expect(await server.embed({ input: "a" })).toMatchObject({ code: 200, status: "hit" });
    stop.abort();
    await Promise.all(held);
    for (const user of users) user[Symbol.dispose]();
  });

  it("counts hits, misses and tokens saved, and not as computed", async () => {
    await using server = await startCached();
    await server.embed({ input: ["one two", "three"] });
    await server.embed({ input: ["three", "one two", "one two"] });
    const metrics = await readMetrics(server.weir.url);
    const model = "echo";
    expect(metrics.value("weir_cache_hits_total", { model, source: "ram" })).toBe(3);
    expect(metrics.value("weir_cache_misses_total", { model })).toBe(2);
    expect(metrics.value("weir_cache_tokens_saved_total", { model })).toBe(4 + 4 + 3);
    expect(metrics.value("weir_inputs_total", { model })).toBe(2);
    expect(metrics.value("weir_tokens_total", { model })).toBe(4 + 3);
    expect(metrics.value("weir_cache_entries", { store: "ram" })).toBe(2);
    expect(metrics.value("weir_cache_bytes", { store: "ram" })).toBeLessThanOrEqual(cache.ramBytes);
    const health = (await (await fetch(`${server.weir.url}/health`)).json()) as Record<string, unknown>;
    expect(health["cache"]).toMatchObject({
      ram: { entries: 2, max_bytes: cache.ramBytes },
      disk: null,
      models: [{ name: "echo", hits: 3, misses: 2, tokens_saved: 11 }],
    });
  });

  it("forgets everything when an operator says so, and only then", async () => {
    await using server = await startCached({ launchToken: "secret" });
    await server.embed({ input: ["a", "b"] });
    const path = `${server.weir.url}/admin/cache`;
    expect((await fetch(path, { method: "DELETE" })).status).toBe(403);
    expect((await server.embed({ input: "a" })).status).toBe("hit");
    const headers = { authorization: "Bearer secret" };
    const cleared = await fetch(path, { method: "DELETE", headers });
    expect(await cleared.json()).toEqual({ cleared: { ram: 2, disk: 0 } });
    expect((await server.embed({ input: "a" })).status).toBe("miss");
  });

  it("does not take the vectors of a model that was there before", async () => {
    await using server = await startCached();
    const first = await server.embed({ input: "a b" });
    const { source } = server.model;
    assert(source.kind === "replicas" && "precision" in source.pool);
    const spec = { path: "/", options: { dimensions: 12 } };
    await source.pool.swap({ spec }, new AbortController().signal);
    const second = await server.embed({ input: "a b" });
    expect(second.status).toBe("miss");
    await source.pool.swap({ spec: { path: "/", options: {} } }, new AbortController().signal);
    const third = await server.embed({ input: "a b" });
    expect(third).toMatchObject({ status: "hit", json: first.json });
  });
});
