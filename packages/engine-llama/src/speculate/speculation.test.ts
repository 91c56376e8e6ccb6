import type { ChatEngine } from "@weir/engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, toRequest } from "../fixtures/ask.ts";
import { createTinyFolder, type TinyFolder } from "../fixtures/open-tiny.ts";

let tiny: TinyFolder;
let plain: ChatEngine;

beforeAll(async () => {
  tiny = await createTinyFolder();
  plain = await tiny.open();
}, 60_000);

afterAll(async () => {
  await plain[Symbol.asyncDispose]();
  await tiny[Symbol.asyncDispose]();
});

const questions = [
  toRequest("What was the river called?", { maxTokens: 60 }),
  toRequest("one two three one two three one two three one two", { maxTokens: 60 }),
  toRequest("And now by chance.", { maxTokens: 60, temperature: 1.2, seed: 11 }),
];

async function askAll(engine: ChatEngine): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const question of questions) texts.push((await ask(engine, question)).text);
  return texts;
}

test("answers are the same with guesses from the conversation", async () => {
  await using engine = await tiny.open({ speculate: "lookup" });
  expect(await askAll(engine)).toEqual(await askAll(plain));
});

test("answers are the same with guesses of another model", async () => {
  const other = await tiny.write("other.gguf", { name: "other", layers: 1 });
  await using engine = await tiny.open({ speculate: other });
  expect(await askAll(engine)).toEqual(await askAll(plain));
});

test("what is guessed right comes several tokens at a time", async () => {
  await using engine = await tiny.open({ speculate: tiny.path });
  const { groups, text } = await ask(engine, questions[0]!);
  expect(text).toBe((await ask(plain, questions[0]!)).text);
  expect(groups.length).toBeLessThan(40);
});

test("beside each other, answers with guesses are those of each alone", async () => {
  await using engine = await tiny.open({ speculate: tiny.path });
  const together = await Promise.all(questions.map(async (question) => ask(engine, question)));
  expect(together.map(({ text }) => text)).toEqual(await askAll(plain));
});

test("a draft model with other tokens is refused", async () => {
  const stranger = await tiny.write("stranger.gguf", { vocabularySize: 1024 });
  await expect(tiny.open({ speculate: stranger })).rejects.toMatchObject({
    code: "USAGE",
    field: "--speculate",
  });
});
