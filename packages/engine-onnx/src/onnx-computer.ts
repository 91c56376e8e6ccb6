import {
  poolTokens,
  type EmbeddingBatch,
  type EmbeddingComputer,
  type EmbeddingModelInfo,
  type EmbeddingModelSpec,
  type TokenVectors,
} from "@weir/engine";
import { WeirError, type ModelVectors } from "@weir/protocol";
import type { InferenceSession } from "onnxruntime-node";
import { readModelFolder, type ModelFolder } from "./folder/read-model-folder.ts";
import { invalidFile } from "./folder/read-json.ts";
import { chooseTokenOutput, createFeedMaker, type FeedMaker } from "./onnx-feeds.ts";
import { loadOnnxRuntime } from "./onnx-runtime.ts";
import { openScoreRunner } from "./onnx-scores.ts";
import { firstLine, openSession, type OpenSession } from "./onnx-session.ts";
import { readOnnxWeights } from "./onnx-weights.ts";

/**
 * Loads the weights and computes once, so that the first request finds everything in place. Throws MODEL_INVALID
 * naming the file that is missing, damaged or of a kind that is not supported, ENGINE_MISSING where ONNX Runtime
 * cannot be loaded, DEVICE_UNAVAILABLE where a device was named that cannot be used.
 *
 * `compute` holds the calling thread while it runs: ONNX Runtime's binding is synchronous.
 */
export async function createEmbeddingComputer(spec: EmbeddingModelSpec): Promise<EmbeddingComputer> {
  const folder = await readModelFolder(spec.path);
  const runtime = await loadOnnxRuntime();
  const open = await openSession(runtime, folder.onnxPath, spec);
  const { session } = open;
  try {
    const makeFeeds = createFeedMaker(runtime, session, folder);
    const { labels } = folder;
    if (labels !== undefined) {
      const score = await openScoreRunner(session, makeFeeds, folder, labels);
      const info = await describeModel(folder, labels.length, open);
      return createComputer(session, score, { ...info, labels });
    }
    const output = chooseTokenOutput(session, folder.onnxPath);
    const run = (batch: TokenRows): Promise<TokenVectors> => computeTokens(session, output, makeFeeds, batch);
    const { width } = await warmUp(run, folder);
    const info = await describeModel(folder, width, open);
    return createComputer(session, async (batch) => poolTokens(await run(batch), batch), info);
  } catch (error) {
    await session.release();
    throw error;
  }
}

type TokenRows = Pick<EmbeddingBatch, "tokenIds" | "lengths" | "firstLengths">;

function createComputer(
  session: InferenceSession,
  compute: (batch: EmbeddingBatch) => Promise<ModelVectors>,
  info: EmbeddingModelInfo,
): EmbeddingComputer {
  let released: Promise<void> | undefined;
  return {
    info,
    async compute(batch) {
      if (released !== undefined) {
        throw new WeirError("ENGINE_FAILED", "the model was disposed of; create another computer");
      }
      if (batch.lengths.length === 0) {
        return { count: 0, dimensions: batch.dimensions, values: new Float32Array(0) };
      }
      return compute(batch);
    },
    async [Symbol.asyncDispose]() {
      released ??= session.release();
      await released;
    },
  };
}

async function computeTokens(
  session: InferenceSession,
  output: string,
  makeFeeds: FeedMaker,
  batch: TokenRows,
): Promise<TokenVectors> {
  const paddedLength = batch.lengths.reduce((most, length) => Math.max(most, length), 0);
  try {
    const results = await session.run(makeFeeds(batch, paddedLength), [output]);
    const tensor = results[output]!;
    const width = tensor.dims.at(-1)!;
    // The type was checked when the model was loaded.
    return { values: tensor.data as Float32Array, paddedLength, width };
  } catch (error) {
    throw new WeirError(
      "ENGINE_FAILED",
      `ONNX Runtime failed on ${batch.lengths.length} rows of up to ${paddedLength} tokens (${firstLine(error)})`,
      { cause: error },
    );
  }
}

async function warmUp(
  run: (batch: TokenRows) => Promise<TokenVectors>,
  folder: ModelFolder,
): Promise<TokenVectors> {
  const length = Math.min(folder.maxTokens, 8);
  try {
    return await run({ tokenIds: new Int32Array(length), lengths: Int32Array.of(length) });
  } catch (error) {
    throw invalidFile(folder.onnxPath, `loads but does not compute: ${(error as Error).message}`, error);
  }
}

async function describeModel(
  folder: ModelFolder,
  dimensions: number,
  { device, fallback }: OpenSession,
): Promise<EmbeddingModelInfo> {
  const { precision, weightBytes } = await readOnnxWeights(folder.onnxPath);
  const architecture = folder.config["model_type"];
  return {
    dimensions,
    maxTokens: folder.maxTokens,
    vocabularySize: folder.vocabularySize ?? (await countVocabulary(folder)),
    pooling: folder.pooling,
    device,
    ...(fallback === undefined ? {} : { deviceFallback: fallback }),
    precision,
    reference: folder.reference,
    weightBytes,
    ...(typeof architecture === "string" ? { architecture } : {}),
  };
}

// Loaded only where it is needed: tokenizing is the other thread's work, and a tokenizer takes megabytes.
async function countVocabulary(folder: ModelFolder): Promise<number> {
  const { readTextTokenizer } = await import("./tokenizer/text-tokenizer.ts");
  return (await readTextTokenizer(folder)).vocabularySize;
}
