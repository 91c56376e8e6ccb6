import { availableParallelism } from "node:os";
import {
  poolTokens,
  type EmbeddingBatch,
  type EmbeddingComputer,
  type EmbeddingModelInfo,
  type EmbeddingModelSpec,
  type TokenVectors,
} from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { InferenceSession } from "onnxruntime-node";
import { readModelFolder, type ModelFolder } from "./folder/read-model-folder.ts";
import { invalidFile } from "./folder/read-json.ts";
import { chooseTokenOutput, createFeedMaker, type FeedMaker } from "./onnx-feeds.ts";
import { loadOnnxRuntime, type OnnxRuntime } from "./onnx-runtime.ts";
import { readOnnxWeights } from "./onnx-weights.ts";
import { createTextTokenizer } from "./tokenizer/text-tokenizer.ts";

/**
 * Loads the weights and computes once, so that the first request finds everything in place. Throws MODEL_INVALID
 * naming the file that is missing, damaged or of a kind that is not supported, ENGINE_MISSING where ONNX Runtime
 * cannot be loaded.
 *
 * `compute` holds the calling thread while it runs: ONNX Runtime's binding is synchronous.
 */
export async function createEmbeddingComputer(spec: EmbeddingModelSpec): Promise<EmbeddingComputer> {
  const folder = await readModelFolder(spec.path);
  const runtime = await loadOnnxRuntime();
  const session = await loadSession(runtime, folder, spec);
  try {
    const output = chooseTokenOutput(session, folder.onnxPath);
    const makeFeeds = createFeedMaker(runtime, session, folder);
    const run = (batch: TokenRows): Promise<TokenVectors> => computeTokens(session, output, makeFeeds, batch);
    const { width } = await warmUp(run, folder);
    const info = await describeModel(folder, width);
    return createComputer(session, run, info);
  } catch (error) {
    await session.release();
    throw error;
  }
}

type TokenRows = Pick<EmbeddingBatch, "tokenIds" | "lengths">;

function createComputer(
  session: InferenceSession,
  run: (batch: TokenRows) => Promise<TokenVectors>,
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
      return poolTokens(await run(batch), batch);
    },
    async [Symbol.asyncDispose]() {
      released ??= session.release();
      await released;
    },
  };
}

async function loadSession(
  runtime: OnnxRuntime,
  folder: ModelFolder,
  spec: EmbeddingModelSpec,
): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(folder.onnxPath, {
      executionProviders: ["cpu"],
      graphOptimizationLevel: "all",
      intraOpNumThreads: spec.threads ?? availableParallelism(),
      // They would go to stderr past every log; errors also arrive as exceptions. 4 is fatal only.
      logSeverityLevel: 4,
      // A plan of memory for each shape ever seen: with batches of any length it costs a fifth more and gains nothing.
      enableMemPattern: false,
      // Threads spin between the operators of a run, where waking them would cost a quarter of a short one, and rest as
      // soon as it ends: left alone they spin on for tens of milliseconds, on cores that others need by then.
      extra: { session: { force_spinning_stop: "1" } },
    });
  } catch (error) {
    throw invalidFile(
      folder.onnxPath,
      `ONNX Runtime cannot load it (${firstLine(error)}). Was the download complete?`,
      error,
    );
  }
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

async function describeModel(folder: ModelFolder, dimensions: number): Promise<EmbeddingModelInfo> {
  const { precision, weightBytes } = await readOnnxWeights(folder.onnxPath);
  return {
    dimensions,
    maxTokens: folder.maxTokens,
    vocabularySize: folder.vocabularySize ?? createTextTokenizer(folder).vocabularySize,
    pooling: folder.pooling,
    device: "cpu",
    precision,
    reference: folder.reference,
    weightBytes,
  };
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0]!.trim();
}
