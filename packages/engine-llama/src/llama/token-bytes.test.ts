import { afterAll, beforeAll, expect, test } from "vitest";
import { createTinyFolder, type TinyFolder } from "../fixtures/open-tiny.ts";
import { loadLlama, type LoadedLlama } from "./load-llama.ts";
import { createTokenBytes } from "./token-bytes.ts";

let tiny: TinyFolder;
let loaded: LoadedLlama;

beforeAll(async () => {
  tiny = await createTinyFolder({ contextTokens: 256 });
  const spec = { path: tiny.path, device: "cpu", threads: 1 } as const;
  loaded = await loadLlama(spec, new AbortController().signal);
}, 60_000);

afterAll(async () => {
  await loaded[Symbol.asyncDispose]();
  await tiny[Symbol.asyncDispose]();
});

test("the bytes of tokens are those of the text, also where characters are parted", () => {
  const { model } = loaded.native;
  const bytes = createTokenBytes(model, "gpt2");
  const text = "Flüsse, 川 und 🌊: a  b\n\tc\u0000 é";
  const tokens = model.tokenize(text, false);
  const parts = Array.from(tokens, (token) => Buffer.from(bytes.of(token)));
  expect(Buffer.concat(parts).toString("utf8")).toBe(text);
  expect(parts.some((part) => part.toString("utf8").includes("\uFFFD"))).toBe(true);
});

test("every token has the bytes that llama.cpp writes for it, special ones their names", () => {
  const { model } = loaded.native;
  const bytes = createTokenBytes(model, "gpt2");
  const size = loaded.file.vocabularySize ?? 0;
  const differing = Array.from({ length: size }, (_, token) => token).filter((token) => {
    const theirs = model.detokenize(Uint32Array.of(token), true);
    return !theirs.includes("\uFFFD") && Buffer.from(bytes.of(token)).toString("utf8") !== theirs;
  });
  expect(differing).toEqual([]);
  const [mark] = model.tokenize("<|im_start|>", true);
  expect(bytes.isControl(mark ?? 0)).toBe(true);
  expect(bytes.isControl(model.tokenize("a", false)[0] ?? 0)).toBe(false);
});
