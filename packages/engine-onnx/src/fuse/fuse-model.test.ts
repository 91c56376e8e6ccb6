import { cp, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { createInProcessEmbedder } from "@weir/engine";
import { expect, it } from "vitest";
import { readModelFolder, type ModelFolder } from "../folder/read-model-folder.ts";
import { shapeModels, type ShapeModel } from "../fixtures/shapes/shape-models.ts";
import { useShapeFolders } from "../fixtures/shapes/use-shape-folders.ts";
import { parseOnnxFile } from "../graph/onnx-file.ts";
import * as engine from "../index.ts";
import { createFeedMaker } from "../onnx-feeds.ts";
import { loadOnnxRuntime } from "../onnx-runtime.ts";
import { fuseModel } from "./fuse-model.ts";

const folders = useShapeFolders();
const runtime = await loadOnnxRuntime();

/** How many attentions of the model are one operator in its graph. */
async function countFused(folder: ModelFolder): Promise<number> {
  const file = parseOnnxFile(folder.onnxPath, (await fuseModel(runtime, folder)).graph);
  return file.nodes.filter(({ operator }) => operator === "MultiHeadAttention").length;
}

const bert = shapeModels.find(({ title }) => title === "BERT")!;
const isFused = /BERT|RoBERTa|XLM-R|external data|pool|prompt/;
const isNot = /ModernBERT/;

it.each(shapeModels.map((model) => [model.title, model] as const))(
  "fuses attention that only padding limits: %s",
  async (title, model) => {
    const wanted = isFused.test(title) && !isNot.test(title) ? model.shape.layers : 0;
    expect(await countFused(await folders.write(model))).toBe(wanted);
  },
);

it.each([
  ["one way", { causal: true }],
  ["in a window", { window: 5 }],
] as const)("leaves attention that looks %s as it is", async (_, limits) => {
  const model: ShapeModel = { ...bert, shape: { ...bert.shape, ...limits } };
  const layers = await countFused(await folders.write(model));
  // Every third layer of a model with windows sees everything.
  expect(layers).toBe("window" in limits ? 1 : 0);
});

it("leaves attention as it is whose heads are not what the configuration says", async () => {
  const folder = await folders.write(bert);
  const path = join(folder.path, "config.json");
  const config = JSON.parse(await readFile(path, "utf8")) as object;
  await writeFile(path, JSON.stringify({ ...config, num_attention_heads: 2 }));
  expect(await countFused(await readModelFolder(folder.path))).toBe(0);
});

it("gives the vectors of the model as it is, those of padded rows too, with weights read from its file", async () => {
  const folder = await folders.write(bert);
  const { graph, weightsFolder } = await fuseModel(runtime, folder);
  const extra = { session: { model_external_initializers_file_folder_path: weightsFolder } };
  const sessions = await Promise.all([
    runtime.InferenceSession.create(folder.onnxPath),
    runtime.InferenceSession.create(graph, { extra }),
  ]);
  const lengths = Int32Array.of(3, 40, 1, 17);
  const tokenIds = Int32Array.from({ length: 61 }, (_, at) => 5 + ((at * 37) % 300));
  const [plain, fused] = await Promise.all(
    sessions.map(async (session) => {
      const results = await session.run(createFeedMaker(runtime, session, folder)({ tokenIds, lengths }, 40));
      return results["last_hidden_state"]!;
    }),
  );
  await Promise.all(sessions.map((session) => session.release()));
  expect(fused!.dims).toEqual(plain!.dims);
  const width = plain!.dims[2]!;
  for (const [row, length] of lengths.entries()) {
    const part = (tensor: typeof plain): Float32Array =>
      (tensor!.data as Float32Array).subarray(row * 40 * width, (row * 40 + length) * width);
    const [wanted, got] = [part(plain), part(fused)];
    expect(Math.max(...wanted.map((value, at) => Math.abs(value - got[at]!)))).toBeLessThan(5e-6);
  }
});

it("keeps large weights out of the graph", async () => {
  const shape = { ...bert.shape, vocabularySize: 20_000 };
  const folder = await folders.write({ ...bert, shape });
  const { size } = await stat(folder.onnxPath);
  expect(size).toBeGreaterThan(1_200_000);
  expect((await fuseModel(runtime, folder)).graph.length).toBeLessThan(50_000);
});

it("finds weights behind links, beside the model's file too, as the caches of hubs have them", async () => {
  const model = shapeModels.find(({ title }) => title === "external data")!;
  const folder = await folders.write(model);
  const snapshot = folders.path();
  const blobs = folders.path();
  await mkdir(blobs);
  await cp(folder.path, snapshot, { recursive: true });
  const files = (await readdir(dirname(folder.onnxPath))).filter((name) => name.includes(".onnx"));
  expect(files).toHaveLength(2);
  for (const [index, name] of files.entries()) {
    const [from, to] = [
      join(snapshot, relative(folder.path, dirname(folder.onnxPath)), name),
      join(blobs, `blob${index}`),
    ];
    await rename(from, to);
    await symlink(to, from);
  }
  const wanted = await embed(folder.path);
  expect(await embed(snapshot)).toEqual(wanted);
  expect(wanted.every((value) => Number.isFinite(value))).toBe(true);
});

async function embed(path: string): Promise<Float32Array> {
  await using embedder = await createInProcessEmbedder(engine, { path });
  const { vectors } = await embedder.embed({ inputs: { kind: "texts", texts: ["the river", "the weir"] } });
  return vectors.values;
}

it("refuses a file that ends too early", async () => {
  const folder = await folders.write(bert);
  const whole = await readFile(folder.onnxPath);
  for (const length of [0, 1, 10, 100, whole.length - 1]) {
    await writeFile(folder.onnxPath, whole.subarray(0, length));
    await expect(fuseModel(runtime, folder), `${length} bytes`).rejects.toThrow(
      /ends|no operators|not a whole/,
    );
  }
});
