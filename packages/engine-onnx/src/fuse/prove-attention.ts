import type { InferenceSession } from "onnxruntime-node";
import type { ModelFolder } from "../folder/read-model-folder.ts";
import { maskInput, widthOf, type Attention } from "../graph/find-attention.ts";
import { findNeeded } from "../graph/find-needed.ts";
import type { Product } from "../graph/find-products.ts";
import { GraphEditor } from "../graph/graph-editor.ts";
import { readName, type OnnxFile } from "../graph/onnx-file.ts";
import type { GraphNode } from "../graph/parse-node.ts";
import { encodeModel } from "../graph/write-onnx-file.ts";
import { createFeedMaker } from "../onnx-feeds.ts";
import type { OnnxRuntime } from "../onnx-runtime.ts";
import { encodeValue } from "../reference/onnx/onnx-model.ts";
import { readFields } from "../reference/onnx/protobuf-fields.ts";
import { encodeMessage, encodeText } from "../reference/onnx/protobuf.ts";
import { emitFused, emitWidened } from "./emit-fused.ts";

/** Of outputs that are means of values between -2 and 2; what adding in another order changes is a hundredth of it. */
const tolerance = 1e-4;

/** Models that see only what is near look 64 to 256 tokens to each side. */
const longRow = 288;

/** A graph that needs larger constants for its attention has something else in it. */
const mostConstantBytes = 2 ** 20;

/**
 * Those of the attentions that one operator can stand for: single operators and the one are computed side by side, without
 * the model around them, from the same random queries, keys and values, with padding and in a long row. So nothing has to be
 * known about how an exporter writes masks, scales and heads.
 */
export async function proveAttention(
  runtime: OnnxRuntime,
  folder: ModelFolder,
  file: OnnxFile,
  products: readonly Product[],
  attention: readonly Attention[],
): Promise<Attention[]> {
  const proof = layOutProof(file, products, attention);
  if (proof === undefined) return [];
  const session = await runtime.InferenceSession.create(proof.model, {
    executionProviders: ["cpu"],
    logSeverityLevel: 4,
    enableMemPattern: false,
  });
  try {
    let proven = [...attention];
    const long = Math.min(longRow, folder.maxTokens);
    const short = Math.min(24, long);
    for (const lengths of [[Math.ceil(short / 2), short, 1], [long]]) {
      const feeds = makeFeeds(runtime, session, folder, { lengths, widths: proof.widths });
      const results = await session.run(feeds);
      proven = proven.filter((one) => {
        const name = one.last.outputs[0]!;
        return areAlike(results[name]!, results[nameProof(name)]!, lengths);
      });
    }
    return proven;
  } finally {
    await session.release();
  }
}

interface Proof {
  readonly model: Uint8Array;
  /** Of the queries, keys, values and hidden states that the graph takes, by their names. */
  readonly widths: ReadonlyMap<string, number>;
}

function nameProof(output: string): string {
  return `weir/${output}/proof`;
}

/** The model's own operators from queries, keys and values on, and beside them what is to stand for them. */
function layOutProof(
  file: OnnxFile,
  products: readonly Product[],
  attention: readonly Attention[],
): Proof | undefined {
  const outputs = attention.map(({ last }) => last.outputs[0]!);
  const given = new Map<string, number>();
  for (const product of products) {
    given.set(product.input, product.weight.dims[product.transposed ? 1 : 0]!);
    given.set(product.output, widthOf(product));
  }
  for (const output of outputs) given.delete(output);
  const makesGiven = (node: GraphNode): boolean => node.outputs.some((name) => given.has(name));
  const replaced = new Map(file.nodes.filter(makesGiven).map((node) => [node, []] as const));
  const needed = findNeeded({ nodes: file.nodes, outputs }, replaced);

  const editor = new GraphEditor();
  for (const node of file.nodes) if (needed.nodes.has(node)) editor.keepNode(node.whole);
  for (const one of attention)
    emitFused(editor, one, emitWidened(editor, one), nameProof(one.last.outputs[0]!));
  const tensors = [...file.tensors.values()].filter(({ name }) => needed.names.has(name));
  const isSmall = tensors.every(
    ({ place, whole }) => place.kind === "inline" && whole.length < mostConstantBytes,
  );
  if (!isSmall) return undefined;

  const taken = attention.flatMap(({ query, key, value }) => [query.output, key.output, value.output]);
  const names = new Set([...needed.names, ...taken, maskInput]);
  const widths = new Map([...given].filter(([name]) => names.has(name)));
  const graph = [
    encodeText(2, "proof"),
    ...keepInputs(file, names),
    ...[...widths].map(([name, width]) =>
      encodeMessage(11, encodeValue({ name, type: "float32", dims: ["batch", "sequence", width] })),
    ),
    ...[...outputs, ...outputs.map((name) => nameProof(name))].map((name) =>
      encodeMessage(12, [encodeText(1, name)]),
    ),
  ];
  const model = encodeModel({
    source: { ...file, rest: { model: file.rest.model, graph } },
    nodes: editor.nodes,
    tensors: editor.tensors,
    kept: tensors.map(({ whole }) => whole),
    metadata: {},
  });
  return { model, widths };
}

/** The graph's own inputs among the names. */
function keepInputs(file: OnnxFile, names: ReadonlySet<string>): Uint8Array[] {
  return file.rest.graph.filter((whole) => {
    const [field] = readFields(whole);
    return field?.number === 11 && names.has(readName(field.bytes));
  });
}

interface Rows {
  readonly lengths: readonly number[];
  readonly widths: ReadonlyMap<string, number>;
}

function makeFeeds(
  runtime: OnnxRuntime,
  session: InferenceSession,
  folder: ModelFolder,
  { lengths, widths }: Rows,
): InferenceSession.FeedsType {
  const longest = Math.max(...lengths);
  const inputMetadata = session.inputMetadata.filter(({ name }) => !widths.has(name));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  // Any token but padding.
  const tokenIds = new Int32Array(total).fill(folder.paddingToken === 7 ? 8 : 7);
  const feeds: Record<string, InferenceSession.FeedsType[string]> = createFeedMaker(
    runtime,
    { inputMetadata },
    folder,
  )({ tokenIds, lengths: Int32Array.from(lengths) }, longest);
  const rows = lengths.length * longest;
  const random = makeRandom(rows * Math.max(...widths.values()) + widths.size);
  let first = 0;
  for (const [name, width] of widths) {
    // Each begins one value later, which makes them as different as they need be.
    const values = random.slice(first, first + rows * width);
    feeds[name] = new runtime.Tensor("float32", values, [lengths.length, longest, width]);
    first += 1;
  }
  return feeds;
}

/** Values between -2 and 2, the same ones every time. */
function makeRandom(count: number): Float32Array {
  const values = new Float32Array(count);
  let seed = 1;
  for (let at = 0; at < count; at++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    values[at] = seed / 2 ** 30 - 2;
  }
  return values;
}

/** Compares the tokens of two `[batch, sequence, width]`; what is made of padding is nobody's. */
function areAlike(
  wanted: InferenceSession.ReturnType[string],
  got: InferenceSession.ReturnType[string],
  lengths: readonly number[],
): boolean {
  if (wanted.dims.length !== 3 || wanted.dims.join() !== got.dims.join()) return false;
  const [, longest, width] = wanted.dims as readonly [number, number, number];
  const [a, b] = [wanted.data as Float32Array, got.data as Float32Array];
  return lengths.every((length, row) => {
    const start = row * longest * width;
    for (let at = start; at < start + length * width; at++) {
      // Not a number is not alike.
      if (!(Math.abs(a[at]! - b[at]!) <= tolerance)) return false;
    }
    return true;
  });
}
