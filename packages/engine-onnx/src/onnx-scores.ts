import type { EmbeddingBatch } from "@weir/engine";
import { WeirError, type VectorBlock } from "@weir/protocol";
import type { InferenceSession } from "onnxruntime-node";
import { invalidFile } from "./folder/read-json.ts";
import type { ModelFolder } from "./folder/read-model-folder.ts";
import type { FeedMaker } from "./onnx-feeds.ts";
import { floatTypes, readFloats } from "./onnx-outputs.ts";
import { firstLine } from "./onnx-session.ts";

type TokenRows = Pick<EmbeddingBatch, "tokenIds" | "lengths" | "firstLengths">;

/** Computes the scores of rows of tokens, one row of as many numbers as there are labels for each. */
export type ScoreRunner = (batch: TokenRows) => Promise<VectorBlock>;

/**
 * Makes a runner for a model of sequence classification and computes once. Throws MODEL_INVALID where the file gives no
 * float32 or float16 `logits` of a row of scores for each input, or of another number of labels than config.json names.
 */
export async function openScoreRunner(
  session: InferenceSession,
  makeFeeds: FeedMaker,
  { onnxPath, maxTokens }: Pick<ModelFolder, "onnxPath" | "maxTokens">,
  labels: readonly string[],
): Promise<ScoreRunner> {
  const output = chooseScoreOutput(session, onnxPath);
  const run: ScoreRunner = (batch) => computeScores(session, output, makeFeeds, batch);
  const length = Math.min(maxTokens, 8);
  let first: VectorBlock;
  try {
    first = await run({ tokenIds: new Int32Array(length), lengths: Int32Array.of(length) });
  } catch (error) {
    throw invalidFile(onnxPath, `loads but does not compute: ${(error as Error).message}`, error);
  }
  if (first.dimensions !== labels.length) {
    throw invalidFile(
      onnxPath,
      `gives ${first.dimensions} scores, expected ${labels.length} by the labels of config.json`,
    );
  }
  return run;
}

function chooseScoreOutput(session: InferenceSession, onnxPath: string): string {
  const outputs = session.outputMetadata;
  const output = outputs.find(({ name }) => name === "logits") ?? outputs[0];
  if (output?.isTensor === true && floatTypes.includes(output.type) && output.shape.length === 2)
    return output.name;
  const described = outputs.map((other) =>
    other.isTensor ? `${other.name} (${other.type}, ${other.shape.length} axes)` : other.name,
  );
  throw invalidFile(
    onnxPath,
    `gives ${described.join(", ")}, expected logits in float32 or float16 with 2 axes (rows, labels), as an export for ` +
      "text-classification has them",
  );
}

async function computeScores(
  session: InferenceSession,
  output: string,
  makeFeeds: FeedMaker,
  batch: TokenRows,
): Promise<VectorBlock> {
  const count = batch.lengths.length;
  const paddedLength = batch.lengths.reduce((most, length) => Math.max(most, length), 0);
  let values: Float32Array;
  let dimensions: number;
  try {
    const tensor = (await session.run(makeFeeds(batch, paddedLength), [output]))[output]!;
    dimensions = tensor.dims.at(-1)!;
    // Of its own memory: what the runtime gives may be a part of more, and is sent to another thread.
    values = Float32Array.from(readFloats(tensor));
  } catch (error) {
    throw new WeirError(
      "ENGINE_FAILED",
      `ONNX Runtime failed on ${count} rows of up to ${paddedLength} tokens (${firstLine(error)})`,
      { cause: error },
    );
  }
  if (!values.every((value) => Number.isFinite(value))) {
    throw new WeirError("ENGINE_FAILED", "the model gave a score that is not a finite number");
  }
  return { count, dimensions, values };
}
