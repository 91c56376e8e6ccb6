import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tokenizers, type TokenizerName } from "../fixtures/shapes/tokenizers.ts";
import { readTextTokenizer } from "./text-tokenizer.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-tokenizers-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** Which piece each id stands for, as the file has it. */
function listPieces(name: TokenizerName): ReadonlyMap<number, string> {
  const { vocab } = tokenizers[name]().tokenizer["model"] as { vocab: object };
  return Array.isArray(vocab)
    ? new Map(vocab.map(([piece]: [string], id) => [id, piece]))
    : new Map(Object.entries(vocab as Record<string, number>).map(([piece, id]) => [id, piece]));
}

describe("readTextTokenizer", () => {
  it.each<[TokenizerName, string, string]>([
    ["wordPiece", "The RIVERflow, over q", "[CLS] the river ##flow , over q [SEP]"],
    ["wordPiece", "Thé rivers 河", "[CLS] the river ##s [UNK] [SEP]"],
    ["wordPiece", "", "[CLS] [SEP]"],
    ["mpnet", "over the river", "<s> over the river </s>"],
    ["roberta", "the river the", "<s> the Ġ rive r Ġthe </s>"],
    ["roberta", "é\n", "<s> Ã © Ċ </s>"],
    ["modernbert", "the the", "[CLS] the Ġthe [SEP]"],
    ["qwen", "the the 12", "the Ġthe Ġ 1 2 <|endoftext|>"],
    ["unigram", "the rivers", "<s> ▁the ▁river s </s>"],
    ["unigram", "ｔｈｅ\u00a0\u00a0ｒｉｖｅｒ", "<s> ▁the ▁river </s>"],
    ["unigram", "riverr河", "<s> ▁river r <unk> </s>"],
  ])("%s cuts %j as such tokenizers do", async (name, text, wanted) => {
    const { tokenizer, tokenizerConfig } = tokenizers[name]();
    const tokenizerPath = join(directory, `${name}.json`);
    await writeFile(tokenizerPath, JSON.stringify(tokenizer));
    const read = await readTextTokenizer({
      tokenizerPath,
      tokenizerConfig,
      lowercase: false,
    });
    const pieces = listPieces(name);
    const ids = [...read.prefix, ...read.encode(text, 100), ...read.suffix];
    expect(ids.map((id) => pieces.get(id)).join(" ")).toBe(wanted);
  });
});
