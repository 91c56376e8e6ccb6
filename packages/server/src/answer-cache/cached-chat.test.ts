import type { ChatHooks, ChatJob } from "@weir/engine";
import { type ChatEvent, type ChatRequest, createChatRequest, WeirError } from "@weir/protocol";
import { expect, it } from "vitest";
import type { JobTerms } from "../models/queued-backend.ts";
import type { QueuedChatWork } from "../models/queued-chat.ts";
import { AnswerStore } from "./answer-store.ts";
import { createAnswerCounts } from "./answer-cache.ts";
import type { CachedChatStart } from "./answer-hit.ts";
import { cacheAnswers, type CachedChatParts } from "./cached-chat.ts";

const usage = { inputTokens: 7, outputTokens: 2, cachedInputTokens: 3, reasoningTokens: 0 };
const work: QueuedChatWork = {
  inputTokens: 7,
  cachedInputTokens: 3,
  outputTokens: 2,
  reuse: "hot",
  waitMs: 0,
  restoreMs: 0,
  promptMs: 5,
  generationMs: 5,
  queueMs: 1,
  loadMs: 0,
};

function ask(text: string, more: Partial<ChatRequest> = {}): ChatRequest {
  return createChatRequest([{ role: "user", parts: [{ kind: "text", text }] }], {
    model: "m",
    maxTokens: 9,
    temperature: 0,
    ...more,
  });
}

const free = new AbortController().signal;

/** A model that says "n-th answer", and waits for `gate` in the middle. */
function start(more: Partial<CachedChatParts> = {}, gate: Promise<void> = Promise.resolve()) {
  const clock = { nowMs: 1_000 };
  const store = new AnswerStore({ maxBytes: 8_000, ttlMs: 60_000, nowMs: () => clock.nowMs });
  const counts = createAnswerCounts();
  let computed = 0;
  const chat = cacheAnswers({
    store,
    counts,
    revision: async () => "r",
    nowMs: () => clock.nowMs,
    ...more,
    async compute(_job, _terms, hooks, signal) {
      computed += 1;
      const text = `answer ${computed}`;
      hooks.onStart?.({ inputTokens: 7, cachedInputTokens: 3 });
      hooks.onEvents([{ kind: "text", text: text.slice(0, 3) }]);
      await gate;
      if (signal.aborted) throw new WeirError("CANCELLED", "gone");
      hooks.onEvents([
        { kind: "text", text: text.slice(3) },
        { kind: "finish", finish: { reason: "end", usage } },
      ]);
      return work;
    },
  });
  const key = { id: "everybody" };
  const run = async (
    request: ChatRequest,
    keyId = "k",
    signal: AbortSignal = free,
    terms: JobTerms = { key },
    onEvents: () => void = () => {},
  ) => {
    const events: ChatEvent[] = [];
    let started: CachedChatStart | undefined;
    const hooks: ChatHooks = {
      onStart: (given) => (started = given),
      onEvents: (given) => {
        events.push(...given);
        onEvents();
      },
    };
    const job: Omit<ChatJob, "rank"> = { request, agent: { keyId, id: undefined } };
    const done = await chat(job, terms, hooks, signal);
    const text = events.map((event) => (event.kind === "text" ? event.text : "")).join("");
    const answer = started?.answer;
    const hit = answer?.kind === "hit" ? answer : undefined;
    return { text, hit, asked: answer?.kind, finish: events.at(-1), done };
  };
  return { run, counts, store, clock, computed: () => computed };
}

it("the same request of the same key has the same answer, with its age and true counts", async () => {
  const { run, clock, counts } = start();
  expect(await run(ask("?"))).toMatchObject({ text: "answer 1", asked: "miss" });
  clock.nowMs += 500;
  expect(await run(ask("?", { agentId: "otter", model: "alias" }))).toMatchObject({
    text: "answer 1",
    hit: { similarity: 1, ageMs: 500 },
    finish: {
      kind: "finish",
      finish: { reason: "end", usage: { inputTokens: 7, cachedInputTokens: 7, outputTokens: 2 } },
    },
    done: { promptMs: 0, cachedInputTokens: 7 },
  });
  expect((await run(ask("?"), "other")).text).toBe("answer 2");
  expect(counts).toMatchObject({ exact: 1, misses: 2, inputTokens: 7, outputTokens: 2 });
});

it.each<Partial<ChatRequest>>([
  { maxTokens: 8 },
  { stop: ["x"] },
  { seed: 3 },
  { responseFormat: { kind: "json" } },
  { messages: [{ role: "system", text: "s" }, ...ask("?").messages] },
])("a request that differs in anything has another answer: %j", async (more) => {
  const { run } = start();
  await run(ask("?"));
  expect((await run(ask("?", more))).text).toBe("answer 2");
});

it("what is drawn by chance or may call tools is never kept", async () => {
  const tool = { name: "gauge", description: "", parameters: {} };
  for (const more of [{ temperature: 0.1 }, { temperature: undefined }, { tools: [tool] }]) {
    const { run, store, counts } = start();
    await run(ask("?", more));
    expect(await run(ask("?", more))).toMatchObject({ text: "answer 2", asked: undefined });
    expect(store.count).toBe(0);
    expect(counts.passed).toBe(2);
  }
});

it("forgets after a while, and what was asked for longest ago when there is no room", async () => {
  const { run, clock, store } = start();
  await run(ask("old"));
  clock.nowMs += 60_001;
  expect((await run(ask("old"))).text).toBe("answer 2");
  for (let index = 0; index < 30; index += 1) {
    await run(ask(`filler ${index}`));
    expect((await run(ask("old"))).hit).toBeDefined();
    expect(store.bytes).toBeLessThanOrEqual(8_000);
  }
  expect((await run(ask("filler 0"))).hit).toBeUndefined();
});

it("another revision of the model has answers of its own", async () => {
  let revision = "a";
  const { run } = start({ revision: async () => revision });
  await run(ask("?"));
  revision = "b";
  expect((await run(ask("?"))).text).toBe("answer 2");
});

it("what nobody can tell the revision of is not kept: a model on another server", async () => {
  const { run, counts, store } = start({ revision: async () => undefined });
  await run(ask("?"));
  expect(await run(ask("?"))).toMatchObject({ text: "answer 2", asked: undefined });
  expect(store.count).toBe(0);
  expect(counts).toMatchObject({ passed: 2, misses: 0 });
});

it("alike questions share an answer from the threshold on, with the same conversation before them alone", async () => {
  const directions: Record<string, number> = { near: 0.2, nearer: 0.1, far: 1 };
  let space = "s";
  const semantic = {
    threshold: 0.97,
    embed: async (text: string) => {
      const angle = directions[text] ?? 0;
      return { vector: Float32Array.of(Math.cos(angle), Math.sin(angle)), space };
    },
  };
  const { run, counts } = start({ semantic });
  await run(ask("base"));
  const hit = await run(ask("near"));
  expect(hit.text).toBe("answer 1");
  expect(hit.hit?.similarity).toBeCloseTo(Math.cos(0.2), 5);
  expect((await run(ask("far"))).text).toBe("answer 2");
  const inContext = ask("nearer");
  const before = { role: "system", text: "in French" } as const;
  expect((await run({ ...inContext, messages: [before, ...inContext.messages] })).hit).toBeUndefined();
  expect((await run(ask("nearer"), "other")).hit).toBeUndefined();
  expect(counts).toMatchObject({ semantic: 1 });
  space = "of another model";
  expect((await run(ask("nearer"))).hit).toBeUndefined();
});

it("a model for likeness that fails costs a saving, not an answer", async () => {
  const semantic = { threshold: 0.9, embed: () => Promise.reject(new WeirError("NOT_READY", "asleep")) };
  const { run } = start({ semantic });
  expect((await run(ask("?"))).text).toBe("answer 1");
  expect((await run(ask("?"))).hit).toMatchObject({ similarity: 1 });
});

it("who asks for what is being computed waits for it, also when the first one leaves", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { run, computed, counts, store } = start({}, gate);
  const leaving = new AbortController();
  const first = run(ask("?"), "k", leaving.signal);
  const second = run(ask("?"));
  await new Promise((resolve) => void setImmediate(resolve));
  leaving.abort();
  await expect(first).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
  open();
  expect((await second).text).toBe("answer 1");
  expect(computed()).toBe(1);
  expect(counts).toMatchObject({ shared: 1, misses: 1 });
  expect(store.count).toBe(1);
});

it("what was cancelled is not kept", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { run, store } = start({}, gate);
  const leaving = new AbortController();
  const first = run(ask("?"), "k", leaving.signal);
  await new Promise((resolve) => void setImmediate(resolve));
  leaving.abort();
  await expect(first).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
  open();
  await new Promise((resolve) => void setImmediate(resolve));
  expect(store.count).toBe(0);
});

it("who comes while an answer grows reads it along from its beginning", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { run, computed } = start({}, gate);
  const first = run(ask("?"));
  const begun = new Promise<void>((resolve) => {
    void run(ask("?"), "k", free, { key: { id: "everybody" } }, resolve);
  });
  // Before the model has said the rest.
  await begun;
  const third = run(ask("?"));
  open();
  expect(await third).toMatchObject({ text: "answer 1", hit: { similarity: 1, ageMs: 0 } });
  expect((await first).hit).toBeUndefined();
  expect(computed()).toBe(1);
});

it("who names a time of its own neither waits for another's answer nor has another wait", async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { run, computed } = start({}, gate);
  const timed: JobTerms = { key: { id: "everybody" }, deadline: { kind: "whole", ms: 1_000 } };
  const answers = [run(ask("?"), "k", free, timed), run(ask("?")), run(ask("?"), "k", free, timed)];
  await new Promise((resolve) => void setImmediate(resolve));
  expect(computed()).toBe(3);
  open();
  await Promise.all(answers);
  expect((await run(ask("?"), "k", free, timed)).hit).toMatchObject({ similarity: 1 });
});
