import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import type { ModelFolder } from "../folder/read-model-folder.ts";
import { createShapeGraph } from "../fixtures/shapes/shape-graph.ts";
import { shapeModels } from "../fixtures/shapes/shape-models.ts";
import { encodeGraph, type Graph, type Node, type Tensor } from "../fixtures/shapes/tensor-writer.ts";
import { useShapeFolders } from "../fixtures/shapes/use-shape-folders.ts";
import { parseOnnxFile } from "../graph/onnx-file.ts";
import { createEmbeddingComputer } from "../onnx-computer.ts";
import { createFeedMaker } from "../onnx-feeds.ts";
import { openSession } from "../onnx-session.ts";
import { loadOnnxRuntime } from "../onnx-runtime.ts";
import { encodeMessage, encodeNumber, encodeText, joinBytes } from "../reference/onnx/protobuf.ts";
import { readFields } from "../reference/onnx/protobuf-fields.ts";
import { fuseModel } from "./fuse-model.ts";

/* Models that look like those that attention is replaced in, and are not. */

const folders = useShapeFolders();
const runtime = await loadOnnxRuntime();

const bert = shapeModels.find(({ title }) => title === "BERT")!;

async function writeModel(change: (graph: Graph) => Graph): Promise<ModelFolder> {
  const { weightType, output, title } = bert;
  const { graph } = createShapeGraph(bert.shape, { weightType, output, seed: title });
  const folder = await folders.write(bert);
  await writeFile(folder.onnxPath, encodeGraph(change(graph)).model);
  return folder;
}

function node(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: Node["attributes"] = {},
): Node {
  return { operator, inputs, output, attributes };
}

function scalar(name: string, value: number, type: Tensor["type"] = "float32"): Tensor {
  return { name, dims: [], type, values: [value], large: false };
}

const axes: Tensor = { name: "axes", dims: [2], type: "int64", values: [1, 2], large: false };

/** Puts operators behind those that `isPlace` tells: they take what those gave, and give it. */
function insert(
  graph: Graph,
  isPlace: (node: Node) => boolean,
  tensors: readonly Tensor[],
  make: (from: string, to: string) => Node[],
): Graph {
  const nodes = graph.nodes.flatMap((one) => {
    if (!isPlace(one)) return [one];
    const from = `${one.output}/before`;
    return [{ ...one, output: from }, ...make(from, one.output)];
  });
  return { ...graph, nodes, tensors: [...graph.tensors, ...tensors] };
}

function enlarge(graph: Graph, sides: RegExp, factor: number): Graph {
  const tensors = graph.tensors.map((tensor) =>
    sides.test(tensor.name)
      ? { ...tensor, values: Float32Array.from(tensor.values, (value) => value * factor) }
      : tensor,
  );
  return { ...graph, tensors };
}

const isScore = ({ inputs }: Node): boolean => inputs.includes("attention_scale");
const isMask = ({ operator }: Node): boolean => operator === "Where";
const matrices = /attention\.(query|key)\.weight/;

/** How far results of the model with attention in one operator are from those of the model as it is. */
async function measure(folder: ModelFolder): Promise<{ fused: number; worst: number }> {
  const { graph, weightsFolder } = await fuseModel(runtime, folder);
  const extra = { session: { model_external_initializers_file_folder_path: weightsFolder } };
  const sessions = await Promise.all([
    runtime.InferenceSession.create(folder.onnxPath),
    runtime.InferenceSession.create(graph, { extra }),
  ]);
  const lengths = Int32Array.of(3, 40, 1, 17);
  const batch = {
    tokenIds: Int32Array.from({ length: 61 }, (_, at) => 5 + ((at * 37) % 300)),
    lengths,
    firstLengths: Int32Array.of(2, 20, 1, 8),
  };
  const [plain, got] = await Promise.all(
    sessions.map(async (session) => {
      const results = await session.run(createFeedMaker(runtime, session, folder)(batch, 40));
      return results["last_hidden_state"]!;
    }),
  );
  await Promise.all(sessions.map((session) => session.release()));
  const width = plain!.dims[2]!;
  const [a, b] = [plain!.data as Float32Array, got!.data as Float32Array];
  let worst = 0;
  for (const [row, length] of lengths.entries())
    for (let at = row * 40 * width; at < (row * 40 + length) * width; at++)
      worst = Math.max(worst, Math.abs(a[at]! - b[at]!));
  const { nodes } = parseOnnxFile(folder.onnxPath, graph);
  return { fused: nodes.filter(({ operator }) => operator === "MultiHeadAttention").length, worst };
}

const strange: Readonly<Record<string, (graph: Graph) => Graph>> = {
  "scores with a limit": (graph) =>
    insert(enlarge(graph, matrices, 30), isScore, [scalar("low", -12), scalar("high", 12)], (from, to) => [
      node("Clip", [from, "low", "high"], to),
    ]),
  "a mask that high scores outweigh": (graph) => ({
    ...enlarge(graph, matrices, 30),
    tensors: enlarge(graph, matrices, 30).tensors.map((tensor) =>
      tensor.name === "least" ? { ...tensor, values: [-100] } : tensor,
    ),
  }),
  "a small bias by position": (graph) =>
    insert(graph, isScore, [scalar("step", 1.5e-6)], (from, to) => [
      node("Cast", [graph.nodes.find(({ operator }) => operator === "Range")!.output], `${to}/places`, {
        to: 1,
      }),
      node("Mul", [`${to}/places`, "step"], `${to}/bias`),
      node("Add", [from, `${to}/bias`], to),
    ]),
  "tokens that are not looked at": (graph) =>
    insert(graph, isMask, [axes, scalar("unseen", 42, "int64"), scalar("far", -50)], (from, to) => [
      node("Equal", ["input_ids", "unseen"], `${to}/is`),
      node("Cast", [`${to}/is`], `${to}/number`, { to: 1 }),
      node("Unsqueeze", [`${to}/number`, "axes"], `${to}/row`),
      node("Mul", [`${to}/row`, "far"], `${to}/penalty`),
      node("Add", [from, `${to}/penalty`], to),
    ]),
  "segments that are not looked at": (graph) =>
    insert(graph, isMask, [axes, scalar("far", -50)], (from, to) => [
      node("Cast", ["token_type_ids"], `${to}/number`, { to: 1 }),
      node("Unsqueeze", [`${to}/number`, "axes"], `${to}/row`),
      node("Mul", [`${to}/row`, "far"], `${to}/penalty`),
      node("Add", [from, `${to}/penalty`], to),
    ]),
};

it.each(Object.entries(strange))("leaves attention as it is: %s", async (_, change) => {
  const { fused, worst } = await measure(await writeModel(change));
  expect(worst).toBeLessThan(1e-5);
  expect(fused).toBe(0);
});

it("leaves attention as it is whose queries are the same for every text", async () => {
  const folder = await writeModel((graph) => {
    const positions = graph.nodes.find(({ inputs }) => inputs[0]?.startsWith("embeddings.position"))!.output;
    const at = graph.nodes.findIndex(({ inputs }) => inputs[1]?.startsWith("layer.1.attention.query.weight"));
    const nodes = [...graph.nodes];
    nodes.splice(at, 1, node("Unsqueeze", [positions, "first"], "learned"), {
      ...nodes[at]!,
      inputs: ["learned", nodes[at]!.inputs[1]!],
    });
    const first: Tensor = { name: "first", dims: [1], type: "int64", values: [0], large: false };
    return { ...graph, nodes, tensors: [...graph.tensors, first] };
  });
  const { fused, worst } = await measure(folder);
  expect(fused).toBe(1);
  expect(worst).toBeLessThan(1e-5);
});

/** Changes parts of the file itself: its graph's operators and tensors. */
async function rewrite(
  folder: ModelFolder,
  { ofNode = () => [], ofTensor = () => [], ofGraph = [], ofModel = [] }: Additions,
): Promise<void> {
  const file = parseOnnxFile(folder.onnxPath, await readFile(folder.onnxPath));
  const add = (whole: Uint8Array, more: readonly Uint8Array[]): Uint8Array => {
    const [field] = readFields(whole);
    return more.length === 0 ? whole : encodeMessage(field!.number, [field!.bytes, ...more]);
  };
  const graph = [
    ...file.nodes.map(({ whole, name }) => add(whole, ofNode(name))),
    ...[...file.tensors.values()].map(({ whole, name }) => add(whole, ofTensor(name))),
    ...file.rest.graph,
    ...ofGraph,
  ];
  await writeFile(folder.onnxPath, joinBytes([...file.rest.model, encodeMessage(7, graph), ...ofModel]));
}

interface Additions {
  readonly ofNode?: (name: string) => Uint8Array[];
  readonly ofTensor?: (name: string) => Uint8Array[];
  readonly ofGraph?: readonly Uint8Array[];
  readonly ofModel?: readonly Uint8Array[];
}

const place = (key: string, value: string): Uint8Array =>
  encodeMessage(13, [encodeText(1, key), encodeText(2, value)]);

it("leaves the addition of a bias as it is that is a function of the model's own", async () => {
  const folder = await writeModel((graph) => graph);
  const { nodes } = parseOnnxFile(folder.onnxPath, await readFile(folder.onnxPath));
  const own = new Set(
    nodes
      .filter(({ inputs }) => inputs.some((name) => /layer.0.*(query|value).bias/.test(name)))
      .map(({ name }) => name),
  );
  expect(own.size).toBe(2);
  const inner = (inputs: readonly string[], output: string): Uint8Array =>
    encodeMessage(7, [
      ...inputs.map((name) => encodeText(1, name)),
      encodeText(2, output),
      encodeText(4, "Add"),
    ]);
  const twice = [
    encodeText(1, "Add"),
    ...["a", "b"].map((name) => encodeText(4, name)),
    encodeText(5, "c"),
    inner(["a", "b"], "sum"),
    inner(["sum", "sum"], "c"),
    encodeMessage(9, [encodeText(1, ""), encodeNumber(2, 17)]),
    encodeText(10, "own"),
  ];
  await rewrite(folder, {
    ofNode: (name) => (own.has(name) ? [encodeText(7, "own")] : []),
    ofModel: [encodeMessage(8, [encodeText(1, "own"), encodeNumber(2, 1)]), encodeMessage(25, twice)],
  });
  expect((await measure(folder)).worst).toBeLessThan(1e-5);
});

const table = "embeddings.word.weight.value";

it("reads weights from where they are, not from a file that they were in before", async () => {
  const folder = await writeModel((graph) => graph);
  const { size } = await stat(folder.onnxPath);
  await rewrite(folder, { ofTensor: (name) => (name === table ? [place("location", "old.bin")] : []) });
  // Not there any more, and there with other numbers.
  const spec = { path: folder.path } as Parameters<typeof createEmbeddingComputer>[0];
  await using computer = await createEmbeddingComputer(spec);
  expect(computer.info.weightBytes).toBeLessThan(size + 100);
  await writeFile(join(dirname(folder.onnxPath), "old.bin"), new Uint8Array(320 * 16 * 4).fill(63));
  const { fused, worst } = await measure(folder);
  expect(fused).toBe(2);
  expect(worst).toBeLessThan(1e-5);
});

it("refuses weights that the model's file names outside of its folder", async () => {
  const folder = await writeModel((graph) => graph);
  const { tensors, rest } = parseOnnxFile(folder.onnxPath, await readFile(folder.onnxPath));
  await writeFile(join(folder.path, "private.bin"), new Uint8Array(320 * 16 * 4));
  for (const name of ["../private.bin", "sub/../../private.bin", join(folder.path, "private.bin")]) {
    const others = [...tensors.values()].filter((tensor) => tensor.name !== table).map(({ whole }) => whole);
    const outside = encodeMessage(5, [
      ...[320, 16].map((dim) => encodeNumber(1, dim)),
      encodeNumber(2, 1),
      encodeText(8, table),
      place("location", name),
      encodeNumber(14, 1),
    ]);
    const { nodes } = parseOnnxFile(folder.onnxPath, await readFile(folder.onnxPath));
    const graph = [...nodes.map(({ whole }) => whole), ...rest.graph, ...others, outside];
    await writeFile(folder.onnxPath, joinBytes([...rest.model, encodeMessage(7, graph)]));
    const spec = { path: folder.path } as Parameters<typeof createEmbeddingComputer>[0];
    await expect(fuseModel(runtime, folder), name).rejects.toThrow("outside of the folder");
    await expect(createEmbeddingComputer(spec), name).rejects.toMatchObject({ code: "MODEL_INVALID" });
  }
});

it("takes no weights from a file that was put in the place of the one that the graph was read from", async () => {
  const [folder, other] = [
    await writeModel((graph) => graph),
    await writeModel((graph) => enlarge(graph, /word/, 3)),
  ];
  const spec = { path: folder.path } as Parameters<typeof createEmbeddingComputer>[0];
  const mapped = await fuseModel(runtime, folder);
  const source = { onnxPath: folder.onnxPath, mapped };
  await (await openSession(runtime, source, spec)).session.release();
  await rename(other.onnxPath, folder.onnxPath);
  await expect(openSession(runtime, source, spec)).rejects.toThrow("replaced meanwhile");
});

it("fuses models of old, which list constants among their inputs, and biases with further axes", async () => {
  const old = await writeModel((graph) => {
    const tensors = graph.tensors.map((tensor) =>
      /layer.0.attention.\w+.bias/.test(tensor.name) ? { ...tensor, dims: [1, 1, ...tensor.dims] } : tensor,
    );
    const listed = tensors.map(({ name, type, dims }) => ({ name, type, dims }));
    return { ...graph, tensors, inputs: [...graph.inputs, ...listed] };
  });
  // The version of the format, given again, counts: constants are no inputs from 4 on.
  await rewrite(old, { ofModel: [encodeNumber(1, 3)] });
  const { fused, worst } = await measure(old);
  expect(fused).toBe(2);
  expect(worst).toBeLessThan(1e-5);
});
