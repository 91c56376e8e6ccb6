import { copyFile, link, mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import type { ModelFolder } from "../folder/read-model-folder.ts";
import { createFeedMaker } from "../onnx-feeds.ts";
import type { OnnxRuntime } from "../onnx-runtime.ts";
import { encodeMessage, encodeText, joinBytes } from "../reference/onnx/protobuf.ts";
import type { ChannelRange } from "./plan-grid.ts";
import { listExternalFiles, type OnnxFile } from "../graph/onnx-file.ts";

/** Rows of token ids, each computed alone. */
export type TokenRow = Int32Array;

/**
 * Computes the texts with the model as it is and gives the range of every channel (last axis) of the named activations.
 * `scratch` is a folder for files that are needed meanwhile.
 */
export async function measureRanges(
  runtime: OnnxRuntime,
  folder: ModelFolder,
  file: OnnxFile,
  names: readonly string[],
  rows: readonly TokenRow[],
  options: { readonly scratch: string; readonly onRow: () => void },
): Promise<Map<string, ChannelRange>> {
  const session = await openWithOutputs(runtime, file, names, options.scratch);
  try {
    const makeFeeds = createFeedMaker(runtime, session, folder);
    const ranges = new Map<string, { least: Float32Array; most: Float32Array }>();
    for (const row of rows) {
      options.onRow();
      const feeds = makeFeeds({ tokenIds: row, lengths: Int32Array.of(row.length) }, row.length);
      const results = await session.run(feeds, [...names]);
      for (const name of names) {
        const { data, dims } = results[name]!;
        widen(ranges, name, data as Float32Array, dims.at(-1)!);
      }
    }
    return ranges;
  } finally {
    await session.release();
  }
}

async function openWithOutputs(
  runtime: OnnxRuntime,
  file: OnnxFile,
  names: readonly string[],
  scratch: string,
): Promise<InferenceSession> {
  // Messages written one after another are one message, their lists joined: these are further outputs of the graph.
  const outputs = names
    .filter((name) => !file.outputs.includes(name))
    .map((name) => encodeMessage(12, [encodeText(1, name)]));
  const bytes = joinBytes([file.bytes, encodeMessage(7, outputs)]);
  const options = { executionProviders: ["cpu"], logSeverityLevel: 4, enableMemPattern: false } as const;
  const external = listExternalFiles(file);
  if (external.length === 0) return await runtime.InferenceSession.create(bytes, options);
  for (const location of external) {
    // Not the link, where it is one: that would lead nowhere from here.
    const from = await realpath(join(dirname(file.path), location));
    const to = join(scratch, location);
    await mkdir(dirname(to), { recursive: true });
    await link(from, to).catch(() => copyFile(from, to));
  }
  const path = join(scratch, "outputs.onnx");
  await writeFile(path, bytes);
  return await runtime.InferenceSession.create(path, options);
}

function widen(
  ranges: Map<string, { least: Float32Array; most: Float32Array }>,
  name: string,
  values: Float32Array,
  width: number,
): void {
  let range = ranges.get(name);
  if (range === undefined) {
    range = { least: new Float32Array(width).fill(Infinity), most: new Float32Array(width).fill(-Infinity) };
    ranges.set(name, range);
  }
  const { least, most } = range;
  for (let at = 0; at < values.length; at++) {
    const channel = at % width;
    const value = values[at]!;
    if (value < least[channel]!) least[channel] = value;
    if (value > most[channel]!) most[channel] = value;
  }
}
