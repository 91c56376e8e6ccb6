import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInProcessEmbedder } from "@weir/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shapeModels, type ShapeModel } from "../fixtures/shapes/shape-models.ts";
import { writeShape } from "../fixtures/shapes/write-shape.ts";
import * as engine from "../index.ts";

const dense = shapeModels.find(({ title }) => title.startsWith("DistilBERT"))!;

let directory = "";
let count = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-layers-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function write(model: ShapeModel = dense): Promise<string> {
  const path = join(directory, String(count++));
  await mkdir(path);
  await writeShape(model, path);
  return path;
}

const weights = "2_Dense/model.safetensors";
const config = (values: object) => (path: string) =>
  writeFile(join(path, "2_Dense/config.json"), JSON.stringify(values));

describe("a Dense layer", () => {
  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    ["without weights", (path) => rm(join(path, weights)), /model\.safetensors: is missing.*download/],
    [
      "whose weights are only pickled",
      async (path) => {
        await rm(join(path, weights));
        await writeFile(join(path, "2_Dense/pytorch_model.bin"), "pickle");
      },
      /pytorch_model\.bin are a Python program's.*safetensors/,
    ],
    [
      "whose weights are cut short",
      (path) => truncate(join(path, weights), 300),
      /is not whole|not valid JSON/,
    ],
    [
      "whose weights are something else",
      (path) => writeFile(join(path, weights), "<html>"),
      /no safetensors/,
    ],
    [
      "of a function that is not known",
      config({ in_features: 16, out_features: 8, activation_function: "torch.nn.modules.activation.Mish" }),
      /Mish", expected one of Identity, Tanh, ReLU/,
    ],
    ["of another size", config({ in_features: 16, out_features: 9 }), /expected linear\.weight of \[9, 16\]/],
    ["without sizes", config({}), /must have in_features and out_features/],
    [
      "of tokens",
      config({ in_features: 16, out_features: 8, module_input_name: "token_embeddings" }),
      /module_input_name is "token_embeddings", expected sentence_embedding/,
    ],
  ])("%s is refused", async (_, change, message) => {
    const path = await write();
    await change(path);
    await expect(engine.createEmbeddingComputer({ path })).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringMatching(message) as unknown,
    });
  });

  it("that takes other vectors than it is given is refused", async () => {
    const path = await write({
      ...dense,
      layers: [...dense.layers, { kind: "Dense", to: 4, activation: "x.Tanh" }],
    });
    await writeFile(join(path, "3_Dense/model.safetensors"), await readFile(join(path, weights)));
    await writeFile(join(path, "3_Dense/config.json"), await readFile(join(path, "2_Dense/config.json")));
    await expect(engine.createEmbeddingComputer({ path })).rejects.toThrow(/16 values and is given 8/);
  });

  it("that no file has is taken from a graph that pools itself", async () => {
    const path = await write({ ...dense, output: "both" });
    await rm(join(path, weights));
    await using computer = await engine.createEmbeddingComputer({ path });
    expect(computer.info.dimensions).toBe(16);
  });
});

describe("the vectors of tokens", () => {
  const texts = { kind: "texts", texts: ["the river", "over the river"] } as const;

  it("have the width of the graph: layers are for what was pooled", async () => {
    const path = await write();
    await using bare = await createInProcessEmbedder(engine, { path: await write({ ...dense, layers: [] }) });
    const pooled = await bare.embed({ inputs: texts, pooling: "mean", normalize: false });
    const preparer = await engine.createEmbeddingPreparer({ path });
    await using computer = await engine.createEmbeddingComputer({ path });
    const { tokenIds, lengths } = preparer.prepare(texts, { truncate: true });
    const compute = (dimensions: number) =>
      computer.compute({ tokenIds, lengths, pooling: "none", normalize: false, dimensions });
    const whole = await compute(computer.info.dimensions);
    expect(whole.dimensions).toBe(16);
    expect(whole.dimensions).not.toBe(computer.info.dimensions);
    expect(whole.rowLengths).toEqual(lengths);
    const means = Array.from(lengths).flatMap((length, row) => {
      const first = row === 0 ? 0 : lengths[0]!;
      return Array.from({ length: 16 }, (_, index) => {
        let sum = 0;
        for (let token = first; token < first + length; token++) sum += whole.values[token * 16 + index]!;
        return sum / length;
      });
    });
    means.forEach((mean, index) => expect(mean).toBeCloseTo(pooled.vectors.values[index]!, 5));
    const cut = await compute(4);
    expect(cut.values.subarray(4, 8)).toEqual(whole.values.subarray(16, 20));
  });

  it("are not had of a graph that gives none", async () => {
    const path = await write({ ...dense, layers: [], output: "rows", pooling: undefined });
    const preparer = await engine.createEmbeddingPreparer({ path });
    await using computer = await engine.createEmbeddingComputer({ path });
    const { tokenIds, lengths } = preparer.prepare(texts, { truncate: true });
    const asked = { tokenIds, lengths, pooling: "none", normalize: false, dimensions: 16 } as const;
    await expect(computer.compute(asked)).rejects.toThrow(/cannot give the vectors of tokens/);
  });
});

describe("a graph that pools itself", () => {
  it("refuses to pool in another way, and to leave a prompt out", async () => {
    const path = await write({ ...dense, layers: [], output: "rows", pooling: undefined });
    const texts = { kind: "texts", texts: ["the river"] } as const;
    await using embedder = await createInProcessEmbedder(engine, { path });
    await embedder.embed({ inputs: texts, pooling: "mean" });
    await expect(embedder.embed({ inputs: texts, pooling: "cls" })).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringMatching(/cannot pool by cls.*those that it pooled itself/) as unknown,
    });
  });
});

describe("a file that is named", () => {
  it("is what computes, whatever else is there", async () => {
    const path = await write();
    const half = shapeModels.find(({ weightType }) => weightType === "float16")!;
    await writeShape({ ...half, shape: dense.shape }, join(path, "half"));
    await writeFile(join(path, "onnx/model_fp16.onnx"), await readFile(join(path, "half", half.file)));
    await using whole = await engine.createEmbeddingComputer({ path });
    expect(whole.info.precision).toBe("float32");
    await using named = await engine.createEmbeddingComputer({ path: join(path, "onnx/model_fp16.onnx") });
    expect(named.info).toMatchObject({ precision: "float16", dimensions: 8 });
  });
});

describe("lengths that a model was trained to be cut to", () => {
  it("are the only ones it is cut to", async () => {
    const path = await write(shapeModels.find(({ matryoshka }) => matryoshka !== undefined));
    await using embedder = await createInProcessEmbedder(engine, { path });
    const inputs = { kind: "texts", texts: ["the river"] } as const;
    expect((await embedder.embed({ inputs, dimensions: 4 })).vectors.dimensions).toBe(4);
    await expect(embedder.embed({ inputs, dimensions: 5 })).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringContaining("one of 4, 8, 16") as unknown,
    });
  });
});
