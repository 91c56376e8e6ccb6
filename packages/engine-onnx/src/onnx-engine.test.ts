import { open, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInProcessEmbedder } from "@weir/engine";
import { describeEmbeddingEngine } from "@weir/testkit";
import { describe, expect, it } from "vitest";
import { useTinyModels } from "./fixtures/tiny-model.ts";
import * as engine from "./index.ts";
import { createBertGraph } from "./reference/bert-graph.ts";
import { layOutOnnxModel, measurePart } from "./reference/onnx/onnx-model.ts";
import { describeReferenceModel, producerName } from "./reference/reference-models.ts";

const models = useTinyModels();

describeEmbeddingEngine("onnx", async () => {
  const path = await models.copy();
  const preparer = await engine.createEmbeddingPreparer({ path });
  const [, token] = preparer.prepare({ kind: "texts", texts: ["broken"] }, { truncate: true }).tokenIds;
  await writeNotANumber(join(path, "onnx/model.onnx"), token!);
  return { engine, spec: { path: models.path() }, broken: { spec: { path }, text: "broken" } };
});

/** Damages the vector of one token in the weights: its first value is not a number any more. */
async function writeNotANumber(onnxPath: string, token: number): Promise<void> {
  const { shape } = describeReferenceModel("reference-embed-tiny");
  const parts = layOutOnnxModel(createBertGraph(shape), producerName);
  const words = parts.findIndex(
    (part) => part.kind === "weight" && part.weight.name.includes("word_embeddings"),
  );
  const start = parts.slice(0, words).reduce((sum, part) => sum + measurePart(part), 0);
  const file = await open(onnxPath, "r+");
  const notANumber = Buffer.alloc(4);
  notANumber.writeFloatLE(Number.NaN);
  await file.write(notANumber, 0, 4, start + 4 * token * shape.width);
  await file.close();
}

describe("the ONNX engine", () => {
  it("says what it found in the files", async () => {
    await using computer = await engine.createEmbeddingComputer({ path: models.path(), threads: 1 });
    const { size } = await stat(join(models.path(), "onnx/model.onnx"));
    expect(computer.info).toEqual({
      dimensions: 32,
      maxTokens: 48,
      vocabularySize: 6000,
      pooling: "mean",
      device: "cpu",
      precision: "float32",
      reference: true,
      weightBytes: size,
      architecture: "bert",
    });
  });

  it("takes the weights from model.onnx where there is no folder onnx", async () => {
    const path = await models.copy();
    await writeFile(join(path, "model.onnx"), await readFile(join(path, "onnx/model.onnx")));
    await truncate(join(path, "onnx/model.onnx"), 0);
    await expect(engine.createEmbeddingComputer({ path })).rejects.toThrow(
      /onnx.model\.onnx: the file is empty/,
    );
    const moved = await models.copy({ onnx: undefined });
    await writeFile(join(moved, "model.onnx"), await readFile(join(models.path(), "onnx/model.onnx")));
    await using embedder = await createInProcessEmbedder(engine, { path: moved });
    expect(embedder.info.dimensions).toBe(32);
  });

  it.each([
    ["cut short", (path: string) => truncate(path, 400_000)],
    ["not ONNX at all", (path: string) => writeFile(path, "<!doctype html><title>Not found</title>")],
  ])("names a weights file that is %s", async (_, damage) => {
    const path = await models.copy();
    await damage(join(path, "onnx/model.onnx"));
    await expect(engine.createEmbeddingComputer({ path })).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringMatching(/onnx.model\.onnx: ONNX Runtime cannot load it/) as unknown,
    });
  });

  it.each([
    ["tokenizer.json", '{"model": {"type": "WordPiece"', /tokenizer\.json: is not valid JSON/],
    ["tokenizer.json", "{}", /tokenizer\.json: cannot be read as a tokenizer/],
    ["tokenizer.json", '{"model": {"type": "Acrobatics"}}', /tokenizer\.json: .*Acrobatics/],
    ["tokenizer.json", undefined, /tokenizer\.json: is missing/],
    ["config.json", "", /config\.json: .*the file is empty/],
  ])("names a damaged or missing %s", async (file, content, message) => {
    const path = await models.copy({ [file]: content });
    await expect(engine.createEmbeddingPreparer({ path })).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringMatching(message) as unknown,
    });
  });

  it("pools as the folder says", async () => {
    const path = await models.copy({ "1_Pooling/config.json": '{"pooling_mode": "lasttoken"}' });
    await using last = await createInProcessEmbedder(engine, { path });
    await using mean = await createInProcessEmbedder(engine, { path: models.path() });
    const inputs = { kind: "texts", texts: ["the river"] } as const;
    const own = await last.embed({ inputs });
    expect(own).toEqual(await mean.embed({ inputs, pooling: "last" }));
    expect(own).not.toEqual(await mean.embed({ inputs }));
  });

  it("lowercases first where the transformer's settings ask for it", async () => {
    const tokenizer = JSON.parse(await readFile(join(models.path(), "tokenizer.json"), "utf8")) as {
      normalizer: object;
    };
    tokenizer.normalizer = { ...tokenizer.normalizer, lowercase: false };
    const files = { "tokenizer.json": JSON.stringify(tokenizer) };
    const cased = await models.copy({ ...files, "sentence_bert_config.json": '{"max_seq_length": 9}' });
    const lower = await models.copy({ ...files, "sentence_bert_config.json": '{"do_lower_case": true}' });
    const prepare = async (path: string, text: string) => {
      const preparer = await engine.createEmbeddingPreparer({ path });
      return preparer.prepare({ kind: "texts", texts: [text] }, { truncate: true }).tokenIds;
    };
    expect(await prepare(lower, "RIVER")).toEqual(await prepare(lower, "river"));
    expect(await prepare(cased, "RIVER")).not.toEqual(await prepare(cased, "river"));
  });

  it("says which tokens ONNX Runtime failed on", async () => {
    await using computer = await engine.createEmbeddingComputer({ path: models.path() });
    const how = { pooling: "mean", normalize: true, dimensions: 32 } as const;
    const outside = computer.compute({ tokenIds: Int32Array.of(6000), lengths: Int32Array.of(1), ...how });
    await expect(outside).rejects.toMatchObject({
      code: "ENGINE_FAILED",
      message: expect.stringContaining("1 rows of up to 1 tokens") as unknown,
    });
    await computer.compute({ tokenIds: Int32Array.of(5999), lengths: Int32Array.of(1), ...how });
  });
});
