import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInProcessEmbedder, referenceWeightsPhrase } from "@weir/engine";
import { describe, expect, it } from "vitest";
import { computePlainBert } from "../fixtures/plain-bert.ts";
import { useTinyModels } from "../fixtures/tiny-model.ts";
import * as engine from "../index.ts";
import { createBertGraph } from "./bert-graph.ts";
import { buildReferenceModel } from "./build-reference-model.ts";
import { isBuiltModel } from "./manifest.ts";
import { describeReferenceModel, listReferenceModels } from "./reference-models.ts";
import { makeWeightValues } from "./seeded-weights.ts";

const models = useTinyModels();

describe("buildReferenceModel", () => {
  it("writes the same bytes on every machine and every version of Node", async () => {
    const hashes = new Map<string, string>();
    for (const file of [
      "onnx/model.onnx",
      "tokenizer.json",
      "config.json",
      "README.md",
      "weir-reference.json",
    ]) {
      const bytes = await readFile(join(models.path(), file));
      hashes.set(file, createHash("sha256").update(bytes).digest("hex").slice(0, 32));
    }
    // Where one of these changes, raise builderVersion: caches hold the old bytes.
    expect(Object.fromEntries(hashes)).toEqual({
      "README.md": "7ec14df767729a5d6adeb68815ccfe4d",
      "config.json": "b1620c6d342da3ad323516354669a89e",
      "onnx/model.onnx": "839ff4bb0499a4e0f9d915b350feb4e9",
      "tokenizer.json": "1054dfd5a9928bd5af1ff7e1d3b7a658",
      "weir-reference.json": "08e2a427a0e43a5909e1bfc7ed00e9c1",
    });
  });

  it("writes a true BERT: ONNX Runtime and plain loops give the same vectors", async () => {
    const { shape } = describeReferenceModel("reference-embed-tiny");
    const weights = new Map(
      createBertGraph(shape).weights.map((weight) => [
        weight.name,
        // Mapped while it is made: the parts share one block of memory.
        Float32Array.from(
          Array.from(makeWeightValues(weight, "reference-embed-tiny", 1000), (part) => [...part]).flat(),
        ),
      ]),
    );
    await using computer = await engine.createEmbeddingComputer({ path: models.path() });
    const rows = [
      [2, 700, 31, 5999, 12, 3],
      [2, 3],
      [9],
      Array.from({ length: 48 }, (_, index) => index * 101),
    ];
    const pooled = await computer.compute({
      tokenIds: Int32Array.from(rows.flat()),
      lengths: Int32Array.from(rows, (row) => row.length),
      pooling: "mean",
      normalize: false,
      dimensions: 32,
    });
    rows.forEach((row, at) => {
      const tokens = computePlainBert(shape, weights, row);
      for (let index = 0; index < 32; index++) {
        const mean = tokens.reduce((sum, token) => sum + token[index]!, 0) / row.length;
        expect(Math.abs(pooled.values[at * 32 + index]! - mean)).toBeLessThan(5e-6);
      }
    });
  });

  it("says in every text that it is no real model", async () => {
    const readme = await readFile(join(models.path(), "README.md"), "utf8");
    const config = await readFile(join(models.path(), "config.json"), "utf8");
    expect(readme).toContain(referenceWeightsPhrase);
    expect(config).toContain(referenceWeightsPhrase);
    for (const model of listReferenceModels()) expect(model.description).toContain(referenceWeightsPhrase);
    await using embedder = await createInProcessEmbedder(engine, { path: models.path() });
    expect(embedder.info.reference).toBe(true);
  });

  it("knows the size of what it writes", async () => {
    const { weightBytes } = describeReferenceModel("reference-embed-tiny");
    expect((await stat(join(models.path(), "onnx/model.onnx"))).size).toBe(weightBytes);
    const parameters = new Map(listReferenceModels().map((model) => [model.name, model.parameters]));
    // The published sizes, less the pooler that no embedding needs.
    expect(parameters.get("reference-embed-minilm")).toBe(22_565_376);
    expect(parameters.get("reference-embed-mpnet")).toBe(108_891_648);
  });

  it("tells how far it is", async () => {
    const seen: number[] = [];
    let total = 0;
    await buildReferenceModel("reference-embed-tiny", join(models.directory(), "told"), {
      onProgress: ({ writtenBytes, totalBytes }) => {
        seen.push(writtenBytes);
        total = totalBytes;
      },
    });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(total);
  });

  it("stops when its signal says so, leaving no manifest", async () => {
    const directory = join(models.directory(), "stopped");
    const controller = new AbortController();
    const build = buildReferenceModel("reference-embed-minilm", directory, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(build).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await isBuiltModel(directory, "reference-embed-minilm")).toBe(false);
  });

  it("names the models that there are where it is asked for another", async () => {
    const build = buildReferenceModel("reference-embed-huge", models.directory());
    await expect(build).rejects.toThrow(
      /reference-embed-huge.*reference-embed-minilm, reference-embed-mpnet/,
    );
  });
});
