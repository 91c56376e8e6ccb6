import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cutBatches, type CutBatch } from "@weir/engine";
import { createEmbeddingPreparer } from "@weir/engine-onnx";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeGraph } from "../../packages/engine-onnx/src/fixtures/shapes/tensor-writer.ts";

/** ONNX Runtime called with what is ready in memory, and nothing around it. */
export interface BareRun {
  readonly run: () => Promise<unknown>;
  /** Floating-point operations of one run, those of products of matrices alone; not a number where they are not known. */
  readonly flops: number;
}

/** What the replica runs, without a server: the same file, threads and plan of memory; threads spin as they do by default. */
export async function openBareSession(onnxPath: string, threads: number): Promise<InferenceSession> {
  return await InferenceSession.create(onnxPath, {
    intraOpNumThreads: threads,
    graphOptimizationLevel: "all",
    enableMemPattern: false,
  });
}

/**
 * The texts as token ids, in the batches that a replica would cut them into or, with `whole`, as one batch padded to its
 * longest text.
 */
export async function prepareBareRun(
  session: InferenceSession,
  folder: string,
  texts: readonly string[],
  whole = false,
): Promise<BareRun> {
  const preparer = await createEmbeddingPreparer({ path: folder });
  const prepared = preparer.prepare({ kind: "texts", texts }, { truncate: true });
  const batches = cutBatches(prepared, whole ? { maxPaddedTokens: 2 ** 31 } : {});
  const feeds = batches.map((batch) => makeFeeds(session, batch));
  return {
    run: async () => {
      for (const each of feeds) await session.run(each);
    },
    flops: await countFlops(folder, batches),
  };
}

function makeFeeds(
  session: InferenceSession,
  { lengths, longest, tokenIds }: CutBatch,
): Record<string, Tensor> {
  const dims = [lengths.length, longest];
  const [ids, mask] = [new BigInt64Array(dims[0]! * longest), new BigInt64Array(dims[0]! * longest)];
  let next = 0;
  lengths.forEach((length, row) => {
    for (let at = row * longest; at < row * longest + length; at++) {
      ids[at] = BigInt(tokenIds[next++]!);
      mask[at] = 1n;
    }
  });
  const known: Readonly<Record<string, BigInt64Array>> = {
    input_ids: ids,
    attention_mask: mask,
    token_type_ids: new BigInt64Array(ids.length),
  };
  return Object.fromEntries(
    session.inputNames.map((name) => {
      const values = known[name];
      if (values === undefined) throw new Error(`the bare loop has no input ${name}: give a BERT-like model`);
      return [name, new Tensor("int64", values, dims)];
    }),
  );
}

/** Of a BERT-like encoder over padded rows: the four projections, the two feed-forward products, and attention's two. */
async function countFlops(folder: string, batches: readonly CutBatch[]): Promise<number> {
  const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as Record<string, number>;
  const { hidden_size: hidden, intermediate_size: inner, num_hidden_layers: layers } = config;
  if (hidden === undefined || inner === undefined || layers === undefined) return Number.NaN;
  return batches.reduce((sum, { lengths, longest }) => {
    const tokens = lengths.length * longest;
    const products = 2 * tokens * (4 * hidden ** 2 + 2 * hidden * inner);
    return sum + layers * (products + 4 * tokens * longest * hidden);
  }, 0);
}

const [rows, inner, columns] = [2048, 1024, 2048];

/** One large product of float32 matrices: what this machine can do at most. Its model is written into `directory`. */
export async function prepareMatMul(directory: string, threads: number): Promise<BareRun> {
  const path = join(directory, "matmul.onnx");
  const values = (count: number): Float32Array =>
    Float32Array.from({ length: count }, (_, at) => Math.sin(at));
  const { model } = encodeGraph({
    nodes: [{ operator: "MatMul", inputs: ["x", "w"], output: "y", attributes: {} }],
    tensors: [
      { name: "w", dims: [inner, columns], type: "float32", values: values(inner * columns), large: true },
    ],
    inputs: [{ name: "x", type: "float32", dims: [rows, inner] }],
    outputs: [{ name: "y", type: "float32", dims: [rows, columns] }],
  });
  await writeFile(path, model);
  const session = await openBareSession(path, threads);
  const x = new Tensor("float32", values(rows * inner), [rows, inner]);
  return { run: () => session.run({ x }), flops: 2 * rows * inner * columns };
}
