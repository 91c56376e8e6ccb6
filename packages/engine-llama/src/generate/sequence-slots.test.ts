import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTinyFolder, type TinyFolder } from "../fixtures/open-tiny.ts";
import { loadLlama, type LoadedLlama } from "../llama/load-llama.ts";
import { createBatchLoop, type BatchLoop, type SequenceTokens } from "./batch-loop.ts";
import { createSequenceSlots, type LlamaSlot } from "./sequence-slots.ts";

const chunkTokens = 64;
const never = new AbortController().signal;

let tiny: TinyFolder;
let loaded: LoadedLlama;
let loop: BatchLoop;
let slots: readonly LlamaSlot[];

beforeAll(async () => {
  tiny = await createTinyFolder();
  loaded = await loadLlama({ path: tiny.path, device: "cpu", threads: 1, contextTokens: 1024 }, never);
  const { native, contextTokens } = loaded;
  loop = createBatchLoop(native.context, { chunkTokens, contextTokens, sharesCores: true });
  slots = createSequenceSlots(native.context, loop, loaded.sequences, contextTokens);
}, 60_000);

afterAll(async () => {
  await loop.close();
  await loaded[Symbol.asyncDispose]();
  await tiny[Symbol.asyncDispose]();
});

function slotOf(index: number): LlamaSlot {
  return slots[index]!;
}

/** The likeliest tokens after a prompt. */
async function goOn(
  slot: SequenceTokens,
  prompt: Uint32Array,
  count: number,
  by: BatchLoop = loop,
): Promise<readonly number[]> {
  const sampler = loaded.native.createSampler();
  sampler.applyConfig({ temperature: 0, seed: 0 });
  const out: number[] = [];
  const take = (tokens: readonly number[]): boolean => out.push(...tokens) < count;
  const generation = {
    prompt,
    rank: 0,
    sampler,
    signal: never,
    take,
    guess: () => [],
    deliver: () => undefined,
  };
  await by.run({ sequence: slot, ...generation });
  sampler.dispose();
  return out;
}

/** The same with nothing but llama.cpp: tokens in batches that end where `ends` says, then one by one. */
async function replay(
  tokens: Uint32Array,
  ends: readonly number[],
  count: number,
): Promise<readonly number[]> {
  const { context } = loaded.native;
  const sampler = loaded.native.createSampler();
  sampler.applyConfig({ temperature: 0, seed: 0 });
  const sequence = 3;
  context.disposeSequence(sequence);
  let at = 0;
  const read = async (part: Uint32Array): Promise<number> => {
    context.initBatch(part.length);
    const logits = context.addToBatch(sequence, at, part, Uint32Array.of(part.length - 1));
    await context.decodeBatch();
    at += part.length;
    return context.sampleToken(logits[0] ?? 0, sampler);
  };
  let next = 0;
  for (const end of ends) next = await read(tokens.subarray(at, end));
  const out = [next];
  while (out.length < count) out.push((next = await read(Uint32Array.of(next))));
  sampler.dispose();
  context.disposeSequence(sequence);
  return out;
}

function tokensOf(text: string): Uint32Array {
  return loaded.native.model.tokenize(text, true);
}

test("a conversation that goes on answers as one that is read anew in the same batches", async () => {
  const slot = slotOf(0);
  const first = tokensOf("The river rises in the hills and winds down to the plain. ".repeat(9));
  const answer = await goOn(slot, first, 10);
  expect(slot.tokens).toEqual([...first, ...answer.slice(0, -1)]);
  const second = Uint32Array.of(...slot.tokens, ...tokensOf("And then? ".repeat(12)));
  const later = await goOn(slot, second, 20);

  const ends: number[] = [];
  for (let end = chunkTokens; end < first.length; end += chunkTokens) ends.push(end);
  for (let end = first.length; end < first.length + answer.length; end += 1) ends.push(end);
  const resumedAt = first.length + answer.length - 1;
  for (
    let end = Math.ceil((resumedAt + 1) / chunkTokens) * chunkTokens;
    end < second.length;
    end += chunkTokens
  )
    ends.push(end);
  ends.push(second.length);
  expect(await replay(second, ends, 20)).toEqual(later);
});

test("the short end of a prompt is read with tokens before it once more, and nothing else changes", async () => {
  const { native, contextTokens } = loaded;
  const whole = tokensOf("Upstream the mill stands still, and the water waits. ".repeat(8)).subarray(
    0,
    chunkTokens + 40,
  );
  const [first, rest] = [whole.subarray(0, chunkTokens), 40];
  const asked: (readonly [number, number])[] = [];
  const other = createBatchLoop(native.context, {
    sharesCores: true,
    chunkTokens,
    contextTokens,
    repeated: (count, position) => {
      asked.push([count, position]);
      return position === 0 ? 0 : chunkTokens - count;
    },
  });
  const slot = slotOf(3);
  const answer = await goOn(slot, whole, 8, other);
  await other.close();
  expect(asked).toEqual([
    [chunkTokens, 0],
    [rest, chunkTokens],
  ]);
  expect(slot.tokens).toEqual([...whole, ...answer.slice(0, -1)]);
  // As llama.cpp alone does it: all of the first batch, a part of it taken back, and the rest with that part.
  await slot.erase();
  const once = { ...slot, tokens: [] as number[] };
  await goOn(once, first, 1);
  expect(native.context.removeTokenCellsFromSequence(slot.id, rest, -1)).toBe(true);
  once.tokens.length = rest;
  expect(await goOn(once, whole, 8)).toEqual(answer);
});

test("a sequence keeps what it is told to keep, and nothing once it is erased", async () => {
  const slot = slotOf(1);
  const prompt = tokensOf("One bridge, two bridges, three bridges.");
  const answer = await goOn(slot, prompt, 8);
  await slot.trim(5);
  expect(slot.tokens).toEqual([...prompt.subarray(0, 5)]);
  expect(await goOn(slot, prompt, 8)).toEqual(answer);
  await slot.erase();
  expect(slot.tokens).toEqual([]);
  expect(await goOn(slot, prompt, 8)).toEqual(answer);
});

test("a state that was saved goes on in another sequence", async () => {
  const slot = slotOf(1);
  await slot.erase();
  const prompt = tokensOf("Where the two rivers meet there is a mill.");
  await goOn(slot, prompt, 6);
  const path = join(tiny.folder, "state");
  expect(await slot.saveState(path)).toBeGreaterThan(1000);
  const longer = Uint32Array.of(...slot.tokens, ...tokensOf(" Who lives there?"));
  const other = slotOf(2);
  await other.loadState(path);
  expect(other.tokens).toEqual(slot.tokens);
  expect(await goOn(other, longer, 12)).toEqual(await goOn(slot, longer, 12));
});
