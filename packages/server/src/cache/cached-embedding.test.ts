import { createInProcessEmbedder } from "@weir/engine";
import * as echo from "@weir/engine/echo";
import { WeirError, type EmbeddingRequest } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { createDeferred } from "../replica/deferred.ts";
import { toRequest } from "../fixtures/echo-pool.ts";
import { listenForLeaks } from "../fixtures/listener-warnings.ts";
import type { JobTerms, QueuedResult } from "../models/queued-backend.ts";
import { createCacheCounts } from "./cache-counts.ts";
import { cacheEmbedding } from "./cached-embedding.ts";
import { RamStore } from "./ram-store.ts";
import { VectorStore } from "./vector-store.ts";

const anybody: JobTerms = { key: { id: "a" } };
const never = new AbortController().signal;

/** A cache before the echo engine, which computes when it is told to. */
async function createScene() {
  const embedder = await createInProcessEmbedder(echo, { path: "/", options: {} });
  const jobs: { texts: readonly string[]; signal: AbortSignal; go(error?: Error): void }[] = [];
  const revision = { hash: "1", spec: { path: "/" }, info: embedder.info };
  const state = { isCurrent: true };
  const counts = createCacheCounts();
  async function compute(
    request: EmbeddingRequest,
    _terms: JobTerms,
    signal: AbortSignal,
  ): Promise<QueuedResult> {
    const turn = createDeferred<void>();
    const { inputs } = request;
    jobs.push({
      texts: inputs.kind === "texts" ? inputs.texts : [],
      signal,
      go: (error) => (error === undefined ? turn.resolve() : turn.reject(error)),
    });
    signal.addEventListener("abort", () => turn.reject(new WeirError("CANCELLED", "cancelled")));
    await turn.promise;
    const result = await embedder.embed(request);
    const rowTokens = inputs.kind === "texts" ? inputs.texts.map((text) => text.split(" ").length + 2) : [];
    const times = { queueMs: 0, loadMs: 0, tokenizeMs: 0, computeMs: 1, batches: 1, paddedTokens: 0 };
    return { kind: "computed", model: "echo", ...result, rowTokens, truncatedRows: [], ...times };
  }
  const embed = cacheEmbedding({
    model: "echo",
    store: new VectorStore(new RamStore(4e6)),
    counts,
    revisions: {
      current: async () => revision,
      isCurrent: async () => state.isCurrent,
    },
    compute,
  });
  async function untilJobs(count: number): Promise<void> {
    while (jobs.length < count) await new Promise((resolve) => setImmediate(resolve));
  }
  const ask = (texts: readonly string[], signal: AbortSignal = never, terms: JobTerms = anybody) =>
    embed(toRequest(texts), terms, signal);
  async function right(texts: readonly string[]) {
    return (await embedder.embed({ inputs: { kind: "texts", texts } })).vectors;
  }
  return { jobs, state, counts, ask, untilJobs, right };
}

describe("what is asked for twice at once", () => {
  it("is computed once, for lists that share only some of it too", async () => {
    const { ask, jobs, untilJobs, right, counts } = await createScene();
    const first = ask(["a", "b", "c"]);
    await untilJobs(1);
    const second = ask(["c", "d", "a", "d"]);
    await untilJobs(2);
    expect(jobs.map(({ texts }) => texts)).toEqual([["a", "b", "c"], ["d"]]);
    for (const job of jobs) job.go();
    expect((await first).vectors).toEqual(await right(["a", "b", "c"]));
    expect((await second).vectors).toEqual(await right(["c", "d", "a", "d"]));
    expect((await second).cache).toEqual({ hits: 3, misses: 1, tokensSaved: 9 });
    expect((await second).inputTokens).toBe(12);
    expect(counts).toEqual({ ram: 0, disk: 0, shared: 3, misses: 4, tokensSaved: 9 });
  });

  it("may be of many others, without a warning of listeners that leak", async () => {
    const { ask, jobs, untilJobs } = await createScene();
    const texts = Array.from({ length: 16 }, (_, index) => `text ${index}`);
    const begun = texts.map((text) => ask([text], new AbortController().signal));
    await untilJobs(texts.length);
    const all = ask(texts, new AbortController().signal);
    const warnings = await listenForLeaks(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      for (const job of jobs) job.go();
      await Promise.all([...begun, all]);
    });
    expect((await all).cache).toMatchObject({ hits: 16 });
    expect(jobs).toHaveLength(16);
    expect(warnings).toEqual([]);
  });

  it("goes on for the others when the one who began it has gone, and ends when all have", async () => {
    const { ask, jobs, untilJobs, right } = await createScene();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = ask(["a"], one.signal);
    await untilJobs(1);
    const second = ask(["a"], two.signal);
    const third = ask(["a"]);
    await new Promise((resolve) => setImmediate(resolve));
    one.abort();
    await expect(first).rejects.toMatchObject({ code: "CANCELLED" });
    two.abort();
    await expect(second).rejects.toMatchObject({ code: "CANCELLED" });
    expect(jobs[0]!.signal.aborted).toBe(false);
    jobs[0]!.go();
    expect((await third).vectors).toEqual(await right(["a"]));

    const last = new AbortController();
    const alone = ask(["b"], last.signal);
    await untilJobs(2);
    last.abort();
    await expect(alone).rejects.toMatchObject({ code: "CANCELLED" });
    expect(jobs[1]!.signal.aborted).toBe(true);
    const again = ask(["b"]);
    await untilJobs(3);
    jobs[2]!.go();
    expect((await again).vectors).toEqual(await right(["b"]));
  });

  it("fails for each of them, and is computed anew after that", async () => {
    const { ask, jobs, untilJobs } = await createScene();
    const first = ask(["a"]);
    await untilJobs(1);
    const second = ask(["a", "a"]);
    await new Promise((resolve) => setImmediate(resolve));
    jobs[0]!.go(new WeirError("ENGINE_FAILED", "broken"));
    await expect(first).rejects.toMatchObject({ code: "ENGINE_FAILED" });
    await expect(second).rejects.toMatchObject({ code: "ENGINE_FAILED" });
    const third = ask(["a"]);
    await untilJobs(2);
    jobs[1]!.go();
    expect((await third).cache).toMatchObject({ misses: 1 });
  });

  it.each([
    ["what other texts of the first list are to blame for", "ENGINE_FAILED", ["a", "bad"]],
    ["a refusal that was the first one's", "QUEUE_FULL", ["a"]],
    ["a deadline that was the first one's", "DEADLINE_EXCEEDED", ["a"]],
  ] as const)("does not fail of %s", async (_, code, list) => {
    const { ask, jobs, untilJobs, right } = await createScene();
    const first = ask(list);
    await untilJobs(1);
    const second = ask(["a", "c"]);
    await untilJobs(2);
    jobs[0]!.go(new WeirError(code, "no"));
    await expect(first).rejects.toMatchObject({ code });
    await untilJobs(3);
    expect(jobs[2]!.texts).toEqual(["a"]);
    jobs[1]!.go();
    jobs[2]!.go();
    expect((await second).vectors).toEqual(await right(["a", "c"]));
    expect((await second).cache).toMatchObject({ hits: 0, misses: 2 });
  });

  it("is not waited for where it is less urgent", async () => {
    const { ask, jobs, untilJobs } = await createScene();
    const batch = ask(["a"], never, { ...anybody, class: "batch" });
    await untilJobs(1);
    const interactive = ask(["a"], never, { ...anybody, class: "interactive" });
    await untilJobs(2);
    const normal = ask(["a"]);
    jobs[1]!.go();
    await Promise.all([interactive, normal]);
    jobs[0]!.go();
    await batch;
    expect(jobs).toHaveLength(2);
  });

  it("is not waited for beyond a request's own time", async () => {
    const { ask, jobs, untilJobs } = await createScene();
    const first = ask(["a"]);
    await untilJobs(1);
    const short = ask(["a"], never, { ...anybody, deadline: { kind: "whole", ms: 5 } });
    await expect(short).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    jobs[0]!.go();
    expect((await first).vectors.count).toBe(1);
  });
});

describe("a model that changes while it computes", () => {
  it("leaves nothing behind, and its rows are not put beside those of another", async () => {
    const { ask, jobs, untilJobs, state, right } = await createScene();
    const first = ask(["a"]);
    await untilJobs(1);
    jobs[0]!.go();
    await first;
    const mixed = ask(["a", "b"]);
    await untilJobs(2);
    expect(jobs[1]!.texts).toEqual(["b"]);
    state.isCurrent = false;
    jobs[1]!.go();
    await untilJobs(3);
    expect(jobs[2]!.texts).toEqual(["a", "b"]);
    jobs[2]!.go();
    expect((await mixed).vectors).toEqual(await right(["a", "b"]));
    state.isCurrent = true;
    const later = ask(["b"]);
    await untilJobs(4);
    jobs[3]!.go();
    expect((await later).cache).toMatchObject({ misses: 1 });
  });
});
