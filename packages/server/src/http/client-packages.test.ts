import type { RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let weir: RunningServer;
let ollama: Ollama;
let openai: OpenAI;

beforeAll(async () => {
  weir = await startWeir({ aliases: { "text-embedding-3-small": "echo" } });
  ollama = new Ollama({ host: weir.url });
  openai = new OpenAI({ baseURL: `${weir.url}/v1`, apiKey: "none", maxRetries: 0 });
});
afterAll(() => weir[Symbol.asyncDispose]());

const lengthOf = (vector: readonly number[]): number => Math.hypot(...vector);

describe("the ollama package", () => {
  it("embeds, and embeds one prompt in the older way, whose vector is not scaled", async () => {
    const { embeddings } = await ollama.embed({ model: "echo", input: ["the river", "a weir"] });
    expect(embeddings.map(lengthOf)).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
    const { embedding } = await ollama.embeddings({ model: "echo:latest", prompt: "the river" });
    const length = lengthOf(embedding);
    expect(length).not.toBeCloseTo(1, 2);
    embedding.forEach((value, index) => expect(value / length).toBeCloseTo(embeddings[0]![index]!, 6));
  });

  it("loads a model by an empty prompt", async () => {
    expect(await ollama.embeddings({ model: "echo", prompt: "" })).toEqual({ embedding: [] });
  });

  it("lists, shows and tells the version", async () => {
    expect((await ollama.list()).models.map(({ name }) => name)).toEqual(["echo", "text-embedding-3-small"]);
    expect((await ollama.version()).version).toMatch(/./);
    const shown = await ollama.show({ model: "text-embedding-3-small" });
    expect(shown).toMatchObject({
      capabilities: ["embedding"],
      details: { format: "onnx", quantization_level: "float32" },
      model_info: {
        "general.architecture": "unknown",
        "unknown.context_length": 64,
        "unknown.embedding_length": 8,
      },
    });
    await expect(ollama.show({ model: "llama3" })).rejects.toMatchObject({ status_code: 404 });
  });
});

describe("the openai package", () => {
  it("retrieves a model by its name or an alias", async () => {
    const listed = (await openai.models.list()).data;
    for (const model of listed) expect(await openai.models.retrieve(model.id)).toMatchObject({ ...model });
    expect(listed.map(({ id }) => id)).toEqual(["echo", "text-embedding-3-small"]);
    await expect(openai.models.retrieve("gpt/9")).rejects.toMatchObject({ status: 404 });
  });

  it("embeds texts and token ids, as floats and in base64, with a user and dimensions", async () => {
    const ask = async (fields: object): Promise<number[]> => {
      const answer = await openai.embeddings.create({ model: "echo", input: "the river", ...fields });
      return answer.data[0]!.embedding;
    };
    const plain = await ask({});
    expect(plain).toHaveLength(8);
    const written = await ask({ encoding_format: "float", user: "somebody" });
    expect(written.map(Math.fround)).toEqual(plain);
    expect(await ask({ dimensions: 4 })).toHaveLength(4);
    expect(await ask({ input: [1, 40, 2] })).toEqual(await ask({ input: [[1, 40, 2]] }));
    const many = await openai.embeddings.create({ model: "echo", input: ["a", "b", "c"] });
    expect(many.data.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(many.usage.total_tokens).toBe(9);
  });
});
