import type { InferenceSession } from "onnxruntime-node";
import type { ModelFolder } from "../folder/read-model-folder.ts";
import { maskInput, type Attention } from "../graph/find-attention.ts";
import { findContent } from "../graph/find-content.ts";
import { findNeeded } from "../graph/find-needed.ts";
import { widthOf, type Product } from "../graph/find-products.ts";
import { GraphEditor } from "../graph/graph-editor.ts";
import { readInputName, type OnnxFile } from "../graph/onnx-file.ts";
import type { GraphNode } from "../graph/parse-node.ts";
import { encodeModel } from "../graph/write-onnx-file.ts";
import { createFeedMaker } from "../onnx-feeds.ts";
import type { OnnxRuntime } from "../onnx-runtime.ts";
import { encodeValue } from "../reference/onnx/onnx-model.ts";
import { encodeMessage, encodeText } from "../reference/onnx/protobuf.ts";
import { emitFused, emitWidened } from "./emit-fused.ts";

interface Trial {
  /** Of the random numbers, which go from minus that to that. */
  readonly largest: number;
  /** Of outputs, which are means of such numbers. */
  readonly tolerance: number;
}

/** Scores of some units: every weight counts. What adding in another order changes is a tenth of the tolerance. */
const quiet: Trial = { largest: 2, tolerance: 2e-5 };

/** Scores of some hundreds: limits of scores and values show, and masks that high scores outweigh. They round more coarsely. */
const loud: Trial = { largest: 16, tolerance: 0.02 };

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
  candidates: readonly Attention[],
): Promise<Attention[]> {
  const given = findGiven(products, candidates);
  const content = [findContent(file), findContent(file, new Set(given.keys()))] as const;
  const attention = candidates.filter((one) => isProvable(one, ...content));
  const proof = attention.length === 0 ? undefined : layOutProof(file, given, attention);
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
    const several = [Math.ceil(short / 2), short, 1];
    for (const [lengths, trial] of [
      [several, quiet],
      [several, loud],
      [[long], quiet],
    ] as const) {
      const { largest } = trial;
      const feeds = makeFeeds(runtime, session, folder, { lengths, widths: proof.widths, largest });
      const results = await session.run(feeds);
      proven = proven.filter((one) => {
        const name = one.last.outputs[0]!;
        return areAlike(results[name]!, results[nameProof(name)]!, lengths, trial);
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

/** What products take and make, but attention itself: random in a proof. Names with their widths. */
function findGiven(
  products: readonly Product[],
  attention: readonly Attention[],
): ReadonlyMap<string, number> {
  const given = new Map<string, number>();
  for (const product of products) {
    given.set(product.input, product.weight.dims[product.transposed ? 1 : 0]!);
    given.set(product.output, widthOf(product));
  }
  for (const { last } of attention) given.delete(last.outputs[0]!);
  return given;
}

/**
 * A mask that looks at tokens themselves, or at the segments that they are of, cannot be told by a few random rows. And what
 * knows nothing of the texts (queries that were learned) has one row for all of them, which the operator refuses.
 */
function isProvable(
  { query, key, value, last }: Attention,
  content: ReadonlySet<string>,
  contentBesideGiven: ReadonlySet<string>,
): boolean {
  return (
    [query, key, value].every(({ input }) => content.has(input)) && !contentBesideGiven.has(last.outputs[0]!)
  );
}

function nameProof(output: string): string {
  return `weir/${output}/proof`;
}

/** The model's own operators from queries, keys and values on, and beside them what is to stand for them. */
function layOutProof(
  file: OnnxFile,
  given: ReadonlyMap<string, number>,
  attention: readonly Attention[],
): Proof | undefined {
  const outputs = attention.map(({ last }) => last.outputs[0]!);
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
    ...file.rest.graph.filter((field) => names.has(readInputName(field) ?? "")),
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

interface Rows {
  readonly lengths: readonly number[];
  readonly widths: ReadonlyMap<string, number>;
  readonly largest: number;
}

function makeFeeds(
  runtime: OnnxRuntime,
  session: InferenceSession,
  folder: ModelFolder,
  { lengths, widths, largest }: Rows,
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
  const random = makeRandom(rows * Math.max(...widths.values()) + widths.size, largest);
  let first = 0;
  for (const [name, width] of widths) {
    // Each begins one value later, which makes them as different as they need be.
    const values = random.slice(first, first + rows * width);
    feeds[name] = new runtime.Tensor("float32", values, [lengths.length, longest, width]);
    first += 1;
  }
  return feeds;
}

/** Values between -largest and largest, the same ones every time. */
function makeRandom(count: number, largest: number): Float32Array {
  const values = new Float32Array(count);
  let seed = 1;
  for (let at = 0; at < count; at++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    values[at] = largest * (seed / 2 ** 31 - 1);
  }
  return values;
}

/** Compares the tokens of two `[batch, sequence, width]`; what is made of padding is nobody's. */
function areAlike(
  wanted: InferenceSession.ReturnType[string],
  got: InferenceSession.ReturnType[string],
  lengths: readonly number[],
  { tolerance }: Trial,
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
