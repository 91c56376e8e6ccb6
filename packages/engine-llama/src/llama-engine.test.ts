import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChatEngine } from "@weir/engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, toRequest } from "./fixtures/ask.ts";
import { writeTinyChatModel } from "./fixtures/write-tiny-chat-model.ts";
import { createChatEngine } from "./llama-engine.ts";

let folder: string;
let engine: ChatEngine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-llama-"));
  await writeTinyChatModel(join(folder, "tiny.gguf"));
  engine = await createChatEngine(
    { path: join(folder, "tiny.gguf"), device: "cpu", threads: 1 },
    new AbortController().signal,
  );
}, 30_000);

afterAll(async () => {
  await engine?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test("an answer streams in groups, one for each step, and ends with its counts", async () => {
  const request = toRequest("Tell me about rivers.");
  const { groups, finish, start, work, text } = await ask(engine, request);
  expect(text.length).toBeGreaterThan(0);
  expect(groups.length).toBeGreaterThan(4);
  expect(finish?.reason).toBe("length");
  expect(finish?.usage.outputTokens).toBe(24);
  expect(start?.inputTokens).toBe(engine.countTokens(request));
  expect(work.inputTokens).toBe(start?.inputTokens);
});

test("the same question gets the same answer, read from the cache or alone or beside others", async () => {
  const first = await ask(engine, toRequest("What is a weir?"));
  const again = await ask(engine, toRequest("What is a weir?"));
  expect(again.text).toBe(first.text);
  expect(again.work.cachedInputTokens).toBe(again.work.inputTokens - 1);
  const many = await Promise.all(
    [1, 2, 3, 4, 5, 6].map(async () => ask(engine, toRequest("What is a weir?"))),
  );
  for (const each of many) expect(each.text).toBe(first.text);
});

test("what is aborted ends with CANCELLED and frees its sequence", async () => {
  const controller = new AbortController();
  const long = ask(engine, toRequest("x".repeat(600), { maxTokens: undefined, ignoreEos: true }), {
    signal: controller.signal,
  });
  setImmediate(() => controller.abort());
  await expect(long).rejects.toMatchObject({ code: "CANCELLED" });
  const many = await Promise.all([1, 2, 3, 4].map(async (n) => ask(engine, toRequest(`Number ${n}`))));
  expect(many.map(({ work }) => work.outputTokens > 0)).toEqual([true, true, true, true]);
});
