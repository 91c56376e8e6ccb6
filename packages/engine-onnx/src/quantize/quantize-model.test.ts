import { mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInProcessEmbedder } from "@weir/engine";
import { describe, expect, it } from "vitest";
import { realModelPath } from "../fixtures/real-model.ts";
import { shapeModels } from "../fixtures/shapes/shape-models.ts";
import { writeShape } from "../fixtures/shapes/write-shape.ts";
import { useTinyModels } from "../fixtures/tiny-model.ts";
import * as engine from "../index.ts";
import { compareVectors } from "./judge-model.ts";
import { readOnnxFile } from "../graph/onnx-file.ts";

const models = useTinyModels();
let outs = 0;
const newOut = (): string => join(models.directory(), `out-${outs++}`);

async function quantize(
  path: string,
  options: Partial<engine.QuantizeOptions> = {},
): Promise<engine.QuantizeReport> {
  return await engine.quantizeModel(path, { precision: "int8", out: newOut(), ...options });
}

function cosines(a: Float32Array, b: Float32Array, width: number): number[] {
  return Array.from({ length: a.length / width }, (_, row) => {
    let sum = 0;
    for (let at = row * width; at < (row + 1) * width; at++) sum += a[at]! * b[at]!;
    return sum;
  });
}

describe("weir models quantize", () => {
  it("refuses a model that scores", async () => {
    const path = join(models.directory(), "rank");
    await engine.buildReferenceModel("reference-rank-tiny", path);
    await expect(quantize(path)).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringMatching(/config\.json.*cross-encoder/) as unknown,
    });
  });

  it("writes a whole folder whose vectors are nearly those of the float32 model", async () => {
    const report = await quantize(models.path());
    expect(report).toMatchObject({ quantizedProducts: 12, products: 12, precision: "int8" });
    expect(report.judgement.meanCosine).toBeGreaterThan(0.9995);
    const names = await readdir(report.path, { recursive: true });
    expect(names).toContain(join("onnx", "model_quantized.onnx"));
    expect(names).toContain(join("1_Pooling", "config.json"));
    expect(names).not.toContain(join("onnx", "model.onnx"));
    expect(names.filter((name) => /scratch|weir-reference/.test(name))).toEqual([]);
    const weights = await readFile(join(report.path, "onnx/model_quantized.onnx"));
    expect(report.weightBytes).toBe(weights.length);

    const inputs = {
      kind: "texts",
      texts: ["the river", "a", "many words of very different kinds"],
    } as const;
    await using base = await createInProcessEmbedder(engine, { path: models.path() });
    await using other = await createInProcessEmbedder(engine, { path: report.path });
    expect(other.info).toMatchObject({ precision: "int8", reference: true, weightBytes: weights.length });
    const got = (await other.embed({ inputs })).vectors.values;
    const wanted = (await base.embed({ inputs })).vectors.values;
    expect(Math.min(...cosines(wanted, got, 32))).toBeGreaterThan(0.999);
    expect(got).not.toEqual(wanted);
  });

  it("keeps the layers after the pooling, and reads the file that is named", async () => {
    const model = shapeModels.find(({ layers }) => layers.some(({ kind }) => kind === "Dense"))!;
    const path = join(models.directory(), "dense");
    await writeShape(model, path);
    const named = (await readdir(path, { recursive: true })).find((name) => name.endsWith(".onnx"))!;
    const report = await quantize(join(path, named));
    expect(report.judgement.meanCosine).toBeGreaterThan(0.99);
    const layers = (await readdir(path, { recursive: true })).filter((name) => name.endsWith(".safetensors"));
    expect(layers).not.toEqual([]);
    const kept = await readdir(report.path, { recursive: true });
    expect(kept.filter((name) => name.endsWith(".safetensors"))).toEqual(layers);
  });

  it("gives a text the same vector whatever is beside it", async () => {
    const { path } = await quantize(models.path());
    await using embedder = await createInProcessEmbedder(engine, { path });
    const embed = async (texts: readonly string[]) =>
      (await embedder.embed({ inputs: { kind: "texts", texts } })).vectors.values.subarray(0, 32);
    const alone = await embed(["the river"]);
    const beside = await embed(["the river", "42 !? <html>", "words ".repeat(40)]);
    expect(cosines(alone, beside, 32)[0]).toBeGreaterThan(0.999_999);
  });

  it("puts attention into one operator, unless that would give other vectors", async () => {
    const operatorsOf = async ({ path }: engine.QuantizeReport): Promise<string[]> =>
      (await readOnnxFile(join(path, "onnx/model_quantized.onnx"))).nodes.map(({ operator }) => operator);
    const operators = await operatorsOf(await quantize(models.path()));
    expect(operators.filter((name) => name === "MultiHeadAttention")).toHaveLength(2);
    expect(operators).not.toContain("Softmax");

    const config = await readFile(join(models.path(), "config.json"), "utf8");
    const wrong = config.replace(/("num_attention_heads": )\d+/, "$116");
    expect(wrong).not.toBe(config);
    const careful = await quantize(await models.copy({ "config.json": wrong }));
    const plain = await operatorsOf(careful);
    expect(plain).not.toContain("MultiHeadAttention");
    expect(plain.filter((name) => name === "Softmax")).toHaveLength(2);
    expect(careful.judgement.meanCosine).toBeGreaterThan(0.9995);
  });

  it("writes the same bytes again, and says in them what they are", async () => {
    const [first, second] = [await quantize(models.path()), await quantize(models.path())];
    const paths = [first, second].map(({ path }) => join(path, "onnx/model_quantized.onnx"));
    const [one, two] = await Promise.all(paths.map((path) => readFile(path)));
    expect(one!.equals(two!)).toBe(true);
    const { metadata } = await readOnnxFile(paths[0]!);
    expect(Object.fromEntries(metadata)).toMatchObject({
      "weir.precision": "int8",
      "weir.recipe": expect.stringMatching(/^\d+$/) as unknown,
      "weir.source.sha256": expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    });
  });

  it("leaves what matters most in float32 for int8-accurate, within the size", async () => {
    const steps: string[] = [];
    const report = await quantize(models.path(), {
      precision: "int8-accurate",
      onProgress: ({ step }) => steps.push(step),
    });
    expect([...new Set(steps)]).toEqual(["calibrating", "fusing", "choosing", "writing", "judging"]);
    expect(report.quantizedProducts).toBeLessThan(12);
    expect(report.weightBytes / report.sourceBytes).toBeLessThanOrEqual(0.4);
    const plain = await quantize(models.path());
    expect(report.judgement.meanCosine).toBeGreaterThan(plain.judgement.meanCosine);
  });

  it("writes only where nothing is, and leaves nothing behind when it ends early", async () => {
    const out = newOut();
    await mkdir(out);
    await writeFile(join(out, "notes.txt"), "mine");
    await expect(quantize(models.path(), { out })).rejects.toMatchObject({ code: "USAGE" });
    expect(await readdir(out)).toEqual(["notes.txt"]);
    await expect(quantize(models.path(), { out: join(out, "notes.txt", "below") })).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(
        /below: cannot be written: no folder can be made there.*--out/,
      ) as unknown,
    });

    const before = await readdir(models.directory());
    const stop = new AbortController();
    const cancelled = quantize(models.path(), { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await readdir(models.directory())).toEqual(before);
  });

  it.each([
    ["is cut short", (path: string) => truncate(path, 400_000), /model\.onnx: is not a whole ONNX model/],
    [
      "is not ONNX",
      (path: string) => writeFile(path, "<!doctype html>"),
      /model\.onnx: is not a whole ONNX model/,
    ],
  ])("names a file that %s", async (_, damage, message) => {
    const path = await models.copy();
    await damage(join(path, "onnx/model.onnx"));
    await expect(quantize(path)).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringMatching(message) as unknown,
    });
  });
});

describe.skipIf(realModelPath === undefined)("all-MiniLM-L6-v2 in int8 (needs real weights)", () => {
  it("keeps its vectors and neighbours within a quarter of the size", { timeout: 120_000 }, async () => {
    const path = realModelPath ?? "";
    const report = await quantize(path);
    expect(report.weightBytes / report.sourceBytes).toBeLessThanOrEqual(0.27);
    const { sentences } = JSON.parse(readFileSync(`${path}/sentences.json`, "utf8")) as {
      sentences: string[];
    };
    const vectors = async (folder: string) => {
      await using embedder = await createInProcessEmbedder(engine, { path: folder });
      return (await embedder.embed({ inputs: { kind: "texts", texts: sentences } })).vectors.values;
    };
    const judged = compareVectors(await vectors(path), await vectors(report.path), 384);
    expect(judged.meanCosine).toBeGreaterThanOrEqual(0.998);
    expect(judged.clearAgreement).toBeGreaterThanOrEqual(0.97);
  });
});
