import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ChatEngine } from "@weir/engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, toRequest } from "./fixtures/ask.ts";
import { createTinyFolder, type TinyFolder } from "./fixtures/open-tiny.ts";

let tiny: TinyFolder;
let engine: ChatEngine;

beforeAll(async () => {
  tiny = await createTinyFolder();
  engine = await tiny.open();
}, 60_000);

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await tiny[Symbol.asyncDispose]();
});

test("a model says what it is", () => {
  const perToken = 2 * 1 * (32 + 32) * 2;
  expect(engine.info).toMatchObject({
    architecture: "llama",
    contextTokens: 2048,
    sequences: 4,
    kvCapacityTokens: 8192,
    kvType: "f16",
    kvBytes: 8192 * perToken,
    vocabularySize: 2048,
    device: "cpu",
    precision: "Q8_0",
    reference: true,
    toolFormat: "qwen",
  });
  expect(engine.info.weightBytes).toBeGreaterThan(100_000);
  expect(engine.info.parameters).toBeGreaterThan(100_000);
});

test("an answer streams in groups, one for each step, and ends with its counts", async () => {
  const request = toRequest("Tell me about rivers.");
  const { groups, finish, start, work, text } = await ask(engine, request);
  expect(text.length).toBeGreaterThan(0);
  expect(groups.length).toBeGreaterThan(4);
  expect(
    groups
      .slice(0, -1)
      .flat()
      .map(({ kind }) => kind),
  ).not.toContain("finish");
  expect(finish?.reason).toBe("length");
  expect(finish?.usage).toEqual({
    inputTokens: engine.countTokens(request),
    cachedInputTokens: 0,
    outputTokens: 24,
    reasoningTokens: 0,
  });
  expect(start).toEqual({ inputTokens: work.inputTokens, cachedInputTokens: 0 });
  expect(work).toMatchObject({ inputTokens: finish?.usage.inputTokens, outputTokens: 24, reuse: "none" });
  expect(finish?.timing?.totalMs).toBeGreaterThanOrEqual(work.promptMs + work.generationMs);
});

test("the same question gets the same answer, read from the cache or alone or beside others", async () => {
  const first = await ask(engine, toRequest("What is a weir?"));
  const again = await ask(engine, toRequest("What is a weir?"));
  expect(again.text).toBe(first.text);
  expect(again.work).toMatchObject({ reuse: "hot", cachedInputTokens: again.work.inputTokens - 1 });
  const six = [1, 2, 3, 4, 5, 6];
  const many = await Promise.all(six.map(async () => ask(engine, toRequest("What is a weir?"))));
  expect(many.map(({ text }) => text)).toEqual(six.map(() => first.text));
});

test("a seed decides what is sampled, whatever was sampled before", async () => {
  const sampled = async (seed: number): Promise<string> =>
    (await ask(engine, toRequest("Go on.", { temperature: 1.5, seed }))).text;
  const firsts = new Map<number, string>();
  for (const seed of [0, 1, 2]) firsts.set(seed, await sampled(seed));
  expect(new Set(firsts.values()).size).toBe(3);
  for (const seed of [2, 0, 0, 1, 1, 2, 2]) expect(await sampled(seed)).toBe(firsts.get(seed));
  const endless = { ignoreEos: true, temperature: 1.5, seed: 1 } as const;
  await ask(engine, toRequest("Go on.", { ...endless, responseFormat: { kind: "json" } }));
  await ask(engine, toRequest("Go on.", endless));
  expect(await sampled(1)).toBe(firsts.get(1));
});

test("with topK 1 even a hot sampler takes the likeliest token", async () => {
  const { text } = await ask(engine, toRequest("Which way?"));
  expect((await ask(engine, toRequest("Which way?", { temperature: 2, topK: 1 }))).text).toBe(text);
});

test("a stop text ends the answer before it, wherever the tokens part it", async () => {
  const { text } = await ask(engine, toRequest("Count."));
  for (const from of [1, 5, Math.floor(text.length / 2)]) {
    const stop = text.slice(from, from + 7);
    const stopped = await ask(engine, toRequest("Count.", { stop: ["not this", stop] }));
    expect(stopped.text).toBe(text.slice(0, text.indexOf(stop)));
    expect(stopped.finish?.reason).toBe("stop-sequence");
  }
});

test("a prompt without a template goes to the model as it is", async () => {
  const request = toRequest("", { messages: [], rawPrompt: "Once upon a time" });
  const { work, text } = await ask(engine, request);
  expect(work.inputTokens).toBe(engine.countTokens(request));
  expect(work.inputTokens).toBeLessThan(engine.countTokens(toRequest("Once upon a time")));
  expect(text.length).toBeGreaterThan(0);
});

test("a prompt longer than the context is refused before anything is computed", async () => {
  const { evaluatedTokens } = engine.stats;
  const long = ask(engine, toRequest("river ".repeat(2500)));
  await expect(long).rejects.toMatchObject({
    code: "INPUT_TOO_LONG",
    message: expect.stringMatching(/at most 2047 tokens/),
  });
  expect(engine.stats.evaluatedTokens).toBe(evaluatedTokens);
});

test("what is aborted ends with CANCELLED between two parts of its prompt, and keeps what was read", async () => {
  const request = toRequest("stone ".repeat(500));
  const controller = new AbortController();
  const aborted = ask(engine, request, { signal: controller.signal, agentId: "long" });
  setImmediate(() => controller.abort());
  await expect(aborted).rejects.toMatchObject({ code: "CANCELLED" });
  const whole = await ask(engine, { ...request, maxTokens: 1 }, { agentId: "long" });
  expect(whole.work.cachedInputTokens % 256).toBe(0);
  expect(whole.work.cachedInputTokens).toBeLessThan(1024);
});

test("an answer that is aborted gives its sequence to the next", async () => {
  const controllers = [1, 2, 3, 4].map(() => new AbortController());
  const endless = controllers.map(async ({ signal }, index) =>
    ask(engine, toRequest(`Go on ${index}`, { maxTokens: undefined, ignoreEos: true }), { signal }),
  );
  const next = ask(engine, toRequest("And me?"));
  setImmediate(() => {
    for (const controller of controllers) controller.abort();
  });
  for (const each of endless) await expect(each).rejects.toMatchObject({ code: "CANCELLED" });
  expect((await next).work.outputTokens).toBe(24);
});

test("an answer ends where the context does", async () => {
  await using small = await tiny.open({ contextTokens: 256, sequences: 1 });
  const { finish, work } = await ask(
    small,
    toRequest("On and on.", { maxTokens: undefined, ignoreEos: true }),
  );
  expect(finish?.reason).toBe("context-full");
  expect(work.inputTokens + work.outputTokens).toBe(256);
});

test("of those that wait, the lower rank comes first", async () => {
  await using single = await tiny.open({ sequences: 1, contextTokens: 512 });
  const ended: number[] = [];
  const asked = async (rank: number): Promise<void> => {
    await ask(single, toRequest(`I am ${rank}`, { maxTokens: 4 }), { rank });
    ended.push(rank);
  };
  await Promise.all([asked(0), asked(9), asked(5), asked(1)]);
  expect(ended).toEqual([0, 1, 5, 9]);
});

test.each(["q8_0", "q4_0"] as const)("keys and values can be kept as %s", async (kvType) => {
  await using small = await tiny.open({ kvType, contextTokens: 512 });
  expect(small.info.kvType).toBe(kvType);
  expect(small.info.kvBytes).toBe(((kvType === "q8_0" ? 34 : 18) / 32 / 2) * 2048 * 256);
  expect((await ask(small, toRequest("Hello"))).work.outputTokens).toBe(24);
});

test("what is no model is said to be none, and a context that the model lacks is refused", async () => {
  await expect(tiny.open({ path: join(tiny.folder, "none.gguf") })).rejects.toMatchObject({
    code: "MODEL_INVALID",
  });
  await writeFile(join(tiny.folder, "junk.gguf"), "GGUF, it says");
  await expect(tiny.open({ path: join(tiny.folder, "junk.gguf") })).rejects.toMatchObject({
    code: "MODEL_INVALID",
  });
  await expect(tiny.open({ contextTokens: 4096 })).rejects.toMatchObject({ code: "USAGE" });
  await expect(tiny.open({ device: "webgpu" })).rejects.toMatchObject({ code: "DEVICE_UNAVAILABLE" });
});
