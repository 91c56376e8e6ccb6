import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadOnnxRuntime } from "../onnx-runtime.ts";
import { joinBytes } from "../reference/onnx/protobuf.ts";
import { layOutOnnxModel, type OnnxGraph } from "../reference/onnx/onnx-model.ts";
import { findProducts, findTokenTables, findUses } from "../graph/find-products.ts";
import { readOnnxFile } from "../graph/onnx-file.ts";
import { writeOnnxFile } from "../graph/write-onnx-file.ts";
import type { ChannelRange } from "./plan-grid.ts";
import { rewriteGraph } from "./rewrite-graph.ts";

const width = 192;
const wideChannel = 7;

/** A table, a layer norm, products in every form that is known, and one channel forty times as wide as the others. */
const graph: OnnxGraph = {
  name: "every-form",
  inputs: [{ name: "ids", type: "int64", dims: ["rows"] }],
  outputs: [{ name: "out", type: "float32", dims: ["rows", 24] }],
  nodes: [
    { operator: "Gather", inputs: ["table", "ids"], output: "looked-up" },
    { operator: "LayerNormalization", inputs: ["looked-up", "norm.weight", "norm.bias"], output: "normed" },
    { operator: "MatMul", inputs: ["normed", "first"], output: "first-product" },
    { operator: "Add", inputs: ["first.bias", "first-product"], output: "first-out" },
    { operator: "Relu", inputs: ["first-out"], output: "bent" },
    {
      operator: "Gemm",
      inputs: ["bent", "second", "second.bias"],
      output: "second-out",
      attributes: { transB: { kind: "int", value: 1 } },
    },
    { operator: "MatMul", inputs: ["normed", "third"], output: "third-out" },
    { operator: "Add", inputs: ["second-out", "third-out"], output: "out" },
  ],
  constants: [],
  weights: [
    { name: "table", dims: [400, width] },
    { name: "norm.weight", dims: [width] },
    { name: "norm.bias", dims: [width] },
    { name: "first", dims: [width, width] },
    { name: "first.bias", dims: [width] },
    { name: "second", dims: [24, width] },
    { name: "second.bias", dims: [24] },
    { name: "third", dims: [width, 24] },
  ],
};

function valueOf(name: string, at: number): number {
  const wave = Math.sin(at * 12.9898 + name.length * 78.233) * 0.5;
  if (name === "norm.bias") return at === 3 ? 9 : wave;
  if (name === "first" && at % width === wideChannel) return wave * 40;
  return wave;
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
  const parts = layOutOnnxModel(graph, "test").map((part) => {
    if (part.kind === "bytes") return part.bytes;
    const { name } = part.weight;
    return new Uint8Array(
      Float32Array.from({ length: part.byteLength / 4 }, (_, at) => valueOf(name, at)).buffer,
    );
  });
  await writeFile(join(directory, "model.onnx"), joinBytes(parts));
});
afterAll(() => rm(directory, { recursive: true }));

async function compute(path: string): Promise<Float32Array> {
  const { InferenceSession, Tensor } = await loadOnnxRuntime();
  const session = await InferenceSession.create(path);
  const ids = new Tensor(
    "int64",
    BigInt64Array.from({ length: 50 }, (_, row) => BigInt(row * 8)),
    [50],
  );
  const { out } = await session.run({ ids });
  await session.release();
  return out!.data as Float32Array;
}

async function rewrite(ranges: ReadonlyMap<string, ChannelRange>, limitBytes?: number): Promise<string> {
  const file = await readOnnxFile(join(directory, "model.onnx"));
  const uses = findUses(file);
  const path = join(directory, `${crypto.randomUUID()}.onnx`);
  const model = await rewriteGraph({
    file,
    products: findProducts(file, uses),
    tables: findTokenTables(file, uses),
    attention: [],
    ranges,
  });
  await writeOnnxFile(path, { ...model, metadata: { "weir.precision": "int8" } }, limitBytes);
  return path;
}

function spanOf(low: number, high: number): ChannelRange {
  return { least: new Float32Array(width).fill(low), most: new Float32Array(width).fill(high) };
}

/** Ranges that hold for this graph, found by computing it by hand. */
function rangesOfGraph(): Map<string, ChannelRange> {
  const normed = spanOf(-1.5, 1.5);
  normed.least[3] = 7.5;
  normed.most[3] = 10.5;
  const bent = spanOf(0, 25);
  bent.most[wideChannel] = 800;
  return new Map([
    ["normed", normed],
    ["bent", bent],
  ]);
}

function relativeError(wanted: Float32Array, got: Float32Array): number {
  const off = wanted.reduce((sum, value, at) => sum + (value - got[at]!) ** 2, 0);
  return Math.sqrt(off / wanted.reduce((sum, value) => sum + value ** 2, 0));
}

describe("a graph rewritten in int8", () => {
  it("finds tables and products, with the bias that belongs to each", async () => {
    const file = await readOnnxFile(join(directory, "model.onnx"));
    const uses = findUses(file);
    expect(findTokenTables(file, uses).map(({ tensor }) => tensor.name)).toEqual(["table"]);
    const found = findProducts(file, uses).map(({ weight, input, output, bias, transposed, adder }) => ({
      weight: weight.name,
      input,
      output,
      bias: bias?.name,
      transposed,
      adder: adder?.operator,
    }));
    expect(found).toEqual([
      {
        weight: "first",
        input: "normed",
        output: "first-out",
        bias: "first.bias",
        transposed: false,
        adder: "Add",
      },
      {
        weight: "second",
        input: "bent",
        output: "second-out",
        bias: "second.bias",
        transposed: true,
        adder: undefined,
      },
      {
        weight: "third",
        input: "normed",
        output: "third-out",
        bias: undefined,
        transposed: false,
        adder: undefined,
      },
    ]);
  });

  it("computes what it computed before, but for a little", async () => {
    const wanted = await compute(join(directory, "model.onnx"));
    const path = await rewrite(rangesOfGraph());
    expect(relativeError(wanted, await compute(path))).toBeLessThan(0.02);
    const [before, after] = await Promise.all(
      [join(directory, "model.onnx"), path].map((each) => stat(each)),
    );
    expect(after!.size / before!.size).toBeLessThan(0.35);
    const { nodes, tensors } = await readOnnxFile(path);
    // Only the products use the normed values: the layer norm that made them is gone, and what was made anew.
    expect(nodes.filter(({ operator }) => operator === "LayerNormalization")).toHaveLength(1);
    expect(
      [...tensors.keys()].filter((name) => ["table", "first", "first.bias", "norm.bias"].includes(name)),
    ).toEqual([]);
  });

  it("cuts off what lies outside the ranges", async () => {
    const narrow = rangesOfGraph().set("bent", spanOf(0, 0.5));
    const wanted = await compute(join(directory, "model.onnx"));
    expect(relativeError(wanted, await compute(await rewrite(narrow)))).toBeGreaterThan(0.2);
  });

  it("puts weights that would not fit into one file beside it, and reads such files", async () => {
    const one = await rewrite(rangesOfGraph());
    const two = await rewrite(rangesOfGraph(), 1_000);
    expect((await stat(`${two}_data`)).size).toBeGreaterThan(100_000);
    expect((await stat(two)).size).toBeLessThan(10_000);
    expect(await compute(two)).toEqual(await compute(one));
    const file = await readOnnxFile(two);
    expect(file.metadata.get("weir.precision")).toBe("int8");
    expect(file.tensors.get("table_int8")?.place.kind).toBe("external");
  });
});
