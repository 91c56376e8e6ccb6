import {
  poolTokens,
  type EmbeddingBatch,
  type EmbeddingComputer,
  type EmbeddingModelInfo,
  type EmbeddingModelSpec,
} from "@weir/engine";
import { WeirError, type ModelVectors } from "@weir/protocol";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { readModelPath } from "./folder/model-spec.ts";
import { readModelFolder, type ModelFolder } from "./folder/read-model-folder.ts";
import { invalidFile } from "./folder/read-json.ts";
import { finishVectors, measureLayers, type Layer } from "./layers/apply-layers.ts";
import { fuseModel } from "./fuse/fuse-model.ts";
import { loadLayers } from "./layers/load-layers.ts";
import { createFeedMaker, type FeedMaker } from "./onnx-feeds.ts";
import { chooseOutput, readFloats, type ModelOutput } from "./onnx-outputs.ts";
import { loadOnnxRuntime, type OnnxRuntime } from "./onnx-runtime.ts";
import { openScoreRunner } from "./onnx-scores.ts";
import { firstLine, openSession, type ModelSource, type OpenSession } from "./onnx-session.ts";
import { readOnnxWeights } from "./onnx-weights.ts";

/**
 * Loads the weights and computes once, so that the first request finds everything in place. Throws MODEL_INVALID
 * naming the file that is missing, damaged or of a kind that is not supported, ENGINE_MISSING where ONNX Runtime
 * cannot be loaded, DEVICE_UNAVAILABLE where a device was named that cannot be used.
 *
 * `compute` holds the calling thread while it runs: ONNX Runtime's binding is synchronous.
 */
export async function createEmbeddingComputer(spec: EmbeddingModelSpec): Promise<EmbeddingComputer> {
  const folder = await readModelFolder(readModelPath(spec));
  const runtime = await loadOnnxRuntime();
  const { onnxPath } = folder;
  const { device = "auto" } = spec;
  if (device !== "auto" && device !== "cpu") return await openComputer(runtime, folder, spec, { onnxPath });
  try {
    const mapped = await fuseModel(runtime, folder);
    return await openComputer(runtime, folder, spec, { onnxPath, mapped });
  } catch {
    // What is wrong with a model is told by the model as it is; and what is right computes.
    return await openComputer(runtime, folder, spec, { onnxPath });
  }
}

async function openComputer(
  runtime: OnnxRuntime,
  folder: ModelFolder,
  spec: EmbeddingModelSpec,
  source: ModelSource,
): Promise<EmbeddingComputer> {
  const open = await openSession(runtime, source, spec);
  const { session } = open;
  try {
    const makeFeeds = createFeedMaker(runtime, session, folder);
    const { labels } = folder;
    if (labels !== undefined) {
      const score = await openScoreRunner(session, makeFeeds, folder, labels);
      const info = await describeModel(folder, labels.length, open);
      return createComputer(session, score, { ...info, labels });
    }
    const { output, layers } = await chooseParts(session, folder);
    const run = (batch: TokenRows): Promise<Tensor> => runSession(session, output, makeFeeds, batch);
    const width = (await warmUp(run, folder)).dims.at(-1)!;
    const info = await describeModel(folder, measureVectors(layers, width, folder), open);
    return createComputer(session, createBatchComputer({ run, output, layers, width, info }), info);
  } catch (error) {
    await session.release();
    throw error;
  }
}

/** A graph that pools itself has what follows the pooling as well. */
async function chooseParts(
  session: InferenceSession,
  folder: ModelFolder,
): Promise<Pick<ModelParts, "output" | "layers">> {
  const choose = (preferRows: boolean): ModelOutput =>
    chooseOutput(session.outputMetadata, folder.onnxPath, preferRows);
  const output = choose(folder.poolingIsAssumed);
  if (output.kind === "rows") return { output, layers: [] };
  try {
    return { output, layers: await loadLayers(folder.layers) };
  } catch (error) {
    const whole = choose(true);
    if (whole.kind === "rows") return { output: whole, layers: [] };
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

interface ModelParts {
  readonly run: (batch: TokenRows) => Promise<Tensor>;
  readonly output: ModelOutput;
  readonly layers: readonly Layer[];
  /** Length of the vectors that the graph gives. */
  readonly width: number;
  readonly info: EmbeddingModelInfo;
}

function createBatchComputer(parts: ModelParts): (batch: EmbeddingBatch) => Promise<ModelVectors> {
  const { run, output, layers, width, info } = parts;
  if (output.kind === "rows") {
    return async (batch) => {
      checkOwnPooling(batch, info);
      const values = readFloats(await run(batch));
      return finishVectors({ count: batch.lengths.length, dimensions: width, values }, [], batch);
    };
  }
  return async (batch) => {
    const tensor = await run(batch);
    const tokens = { values: readFloats(tensor), paddedLength: tensor.dims[1]!, width };
    if (layers.length === 0) return poolTokens(tokens, batch);
    // The layers are for what was pooled: tokens keep their own width unless the request cuts it.
    if (batch.pooling === "none") {
      const dimensions = batch.dimensions === info.dimensions ? width : Math.min(batch.dimensions, width);
      return poolTokens(tokens, { ...batch, dimensions });
    }
    const pooled = poolTokens(tokens, { ...batch, normalize: false, dimensions: width });
    return finishVectors(pooled, layers, batch);
  };
}

function checkOwnPooling({ pooling, skippedTokens = 0 }: EmbeddingBatch, info: EmbeddingModelInfo): void {
  if (pooling === info.pooling && skippedTokens === 0) return;
  const asked =
    pooling === "none"
      ? "give the vectors of tokens"
      : pooling === info.pooling
        ? "leave the prompt out of the pooling"
        : `pool by ${pooling}`;
  throw new WeirError(
    "INVALID_REQUEST",
    `this model cannot ${asked}: its ONNX file gives no vectors of tokens, only those that it pooled itself ` +
      `(${info.pooling}). Leave that out, or export the model with last_hidden_state.`,
    { field: "pooling" },
  );
}

function measureVectors(layers: readonly Layer[], width: number, folder: ModelFolder): number {
  try {
    return measureLayers(layers, width);
  } catch (error) {
    throw invalidFile(folder.path, `its modules do not fit each other: ${(error as Error).message}`, error);
  }
}

async function runSession(
  session: InferenceSession,
  output: ModelOutput,
  makeFeeds: FeedMaker,
  batch: TokenRows,
): Promise<Tensor> {
  const paddedLength = batch.lengths.reduce((most, length) => Math.max(most, length), 0);
  try {
    const results = await session.run(makeFeeds(batch, paddedLength), [output.name]);
    return results[output.name]!;
  } catch (error) {
    throw new WeirError(
      "ENGINE_FAILED",
      `ONNX Runtime failed on ${batch.lengths.length} rows of up to ${paddedLength} tokens (${firstLine(error)})`,
      { cause: error },
    );
  }
}

async function warmUp(run: (batch: TokenRows) => Promise<Tensor>, folder: ModelFolder): Promise<Tensor> {
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
    ...describeMatryoshka(folder, dimensions),
    device,
    ...(fallback === undefined ? {} : { deviceFallback: fallback }),
    precision,
    reference: folder.reference,
    weightBytes,
    ...(typeof architecture === "string" ? { architecture } : {}),
  };
}

function describeMatryoshka(
  { matryoshkaDimensions }: ModelFolder,
  dimensions: number,
): Pick<EmbeddingModelInfo, "matryoshkaDimensions"> {
  if (matryoshkaDimensions === undefined) return {};
  return { matryoshkaDimensions: matryoshkaDimensions.filter((length) => length <= dimensions) };
}

// Loaded only where it is needed: tokenizing is the other thread's work, and a tokenizer takes megabytes.
async function countVocabulary(folder: ModelFolder): Promise<number> {
  const { readTextTokenizer } = await import("./tokenizer/text-tokenizer.ts");
  return (await readTextTokenizer(folder)).vocabularySize;
}
