import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { referenceWeightsPhrase } from "@weir/engine";
import { getLlama, LlamaLogLevel, type Llama, type LlamaModel, type Token } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyChatModel } from "../fixtures/write-tiny-chat-model.ts";
import { checkChatModel } from "../gguf/check-chat-model.ts";
import { listReferenceChatModels } from "./reference-chat-models.ts";
import { resolveReferenceChatModel } from "./resolve-reference-chat-model.ts";
import { createTokenizer } from "./tokenizer/create-tokenizer.ts";
import { specialTokens } from "./tokenizer/special-tokens.ts";

const name = "reference-chat-15m";
let directory = "";
let path = "";
let llama: Llama;
let model: LlamaModel;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-reference-chat-"));
  ({ path } = await resolveReferenceChatModel(name, { cacheDirectory: directory }));
  llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error });
  model = await llama.loadModel({ modelPath: path });
}, 60_000);

afterAll(async () => {
  await llama?.dispose();
  await rm(directory, { recursive: true, force: true });
});

const question = "<|im_start|>user\nHow does a weir measure a river?<|im_end|>\n<|im_start|>assistant\n";

/** Greedy tokens; alone on one thread, since others are busy beside this test. */
async function generate(from: LlamaModel, prompt: string, count: number): Promise<Token[]> {
  const context = await from.createContext({ contextSize: 512, threads: 1 });
  const tokens: Token[] = [];
  for await (const token of context.getSequence().evaluate(from.tokenize(prompt, true), {
    temperature: 0,
    yieldEogToken: true,
  })) {
    if (tokens.push(token) === count) break;
  }
  await context.dispose();
  return tokens;
}

describe("a reference chat model", () => {
  it("is what it says, everywhere with the words that it is none", async () => {
    const described = listReferenceChatModels().find((each) => each.name === name)!;
    expect(described.parameters).toBeGreaterThan(14.5e6);
    expect(described.parameters).toBeLessThan(15.5e6);
    expect(described.description).toContain(referenceWeightsPhrase);
    const checked = await checkChatModel(path);
    expect(checked).toMatchObject({
      architecture: "llama",
      name,
      parameters: described.parameters,
      vocabularySize: 49_152,
      contextTokens: 8192,
      precision: "Q8_0",
      reference: true,
    });
    expect(checked.bytes).toBeGreaterThan(described.weightBytes);
    expect(model.fileInfo.metadata.general.description).toBe(referenceWeightsPhrase);
    expect(model.trainContextSize).toBe(8192);
  });

  it("has the shape of SmolLM-135M", () => {
    const [large] = listReferenceChatModels();
    // 134.5M weights, as the original has them.
    expect(large).toMatchObject({ name: "reference-chat-135m", parameters: 134_515_008 });
  });

  it("has marks that a text cannot write, and tags that it can", () => {
    for (const [id, { text, kind }] of specialTokens.entries()) {
      expect(model.tokenize(text, true)).toEqual([id]);
      expect(model.tokenize(text, false).length === 1, text).toBe(kind === "tag");
    }
    expect(model.tokens.eosString).toBe("<|im_end|>");
    expect(model.tokens.bosString).toBe("<|im_start|>");
    expect(model.tokenize("river", true)).toHaveLength(1);
  });

  it("writes varied words, the same each time, which are read as the tokens that they were written with", async () => {
    const tokens = await generate(model, question, 160);
    expect(tokens).toHaveLength(160);
    expect(new Set(tokens).size).toBeGreaterThan(80);
    const { spacedWords } = createTokenizer(49_152);
    expect(tokens.filter((token) => spacedWords[token] !== true)).toEqual([]);
    expect(model.tokenize(model.detokenize(tokens))).toEqual(tokens);
    expect(await generate(model, question, 40)).toEqual(tokens.slice(0, 40));
    const other = await generate(model, question.replace("river", "brook"), 40);
    expect(other).not.toEqual(tokens.slice(0, 40));
  }, 60_000);
});

describe("a tiny chat model", () => {
  it.each(["llama", "qwen2", "gemma"] as const)(
    "of the kind %s is loaded and writes",
    async (architecture) => {
      const tiny = join(directory, `${architecture}.gguf`);
      await writeTinyChatModel(tiny, { architecture, template: "{{ messages }}", contextTokens: 640 });
      const loaded = await llama.loadModel({ modelPath: tiny });
      expect(loaded.fileInfo.metadata.general.architecture).toBe(architecture);
      expect(loaded.fileInfo.metadata.tokenizer?.chat_template).toBe("{{ messages }}");
      expect(loaded.trainContextSize).toBe(640);
      expect(new Set(await generate(loaded, question, 64)).size).toBeGreaterThan(30);
      await loaded.dispose();
      expect((await stat(tiny)).size).toBeLessThan(400_000);
    },
  );

  it("is the same file each time, another with another name", async () => {
    const paths = ["a", "b", "c"].map((file) => join(directory, `${file}.gguf`));
    await writeTinyChatModel(paths[0]!);
    await writeTinyChatModel(paths[1]!);
    await writeTinyChatModel(paths[2]!, { name: "other-chat" });
    const [a, b, c] = await Promise.all(paths.map(async (each) => hash(await readFile(each))));
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });

  it("is the same file on every machine", async () => {
    const one = join(directory, "one.gguf");
    await writeTinyChatModel(one);
    // Changes only together with `builderVersion`: files that were built before are otherwise taken for these.
    expect(hash(await readFile(one))).toMatchInlineSnapshot(`"e851030584cfe2ed"`);
  });
});

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}
