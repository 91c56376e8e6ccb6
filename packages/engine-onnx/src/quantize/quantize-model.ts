import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type {
  EmbeddingComputer,
  EmbeddingModelSpec,
  EmbeddingPreparer,
  QuantizedPrecision,
  QuantizeProgress,
  VectorComparison,
  WriteQuantizedOptions,
} from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { readModelPath } from "../folder/model-spec.ts";
import { invalidFile } from "../folder/read-json.ts";
import { readHeads } from "../folder/read-heads.ts";
import { readModelFolder, type ModelFolder } from "../folder/read-model-folder.ts";
import { layerWeightsName } from "../layers/load-layers.ts";
import { createEmbeddingComputer } from "../onnx-computer.ts";
import { createEmbeddingPreparer } from "../onnx-preparer.ts";
import { loadOnnxRuntime } from "../onnx-runtime.ts";
import { readOnnxWeights } from "../onnx-weights.ts";
import { calibrationTexts } from "./calibration-texts.ts";
import { chooseProducts } from "./choose-products.ts";
import { findAttention, type Attention } from "../graph/find-attention.ts";
import {
  findProducts,
  findTokenTables,
  findUses,
  type Product,
  type TokenTable,
} from "../graph/find-products.ts";
import { judgedTexts } from "./judged-texts.ts";
import { compareVectors, embedTexts, measureSpeedRatio } from "./judge-model.ts";
import { checkNotQuantized, makeMarks, recipeVersion } from "./marks.ts";
import { measureRanges } from "./measure-ranges.ts";
import { readOnnxFile, type OnnxFile } from "../graph/onnx-file.ts";
import { writeOnnxFile } from "../graph/write-onnx-file.ts";
import { copySmallFiles, fillFolder } from "./output-folder.ts";
import { rewriteGraph } from "./rewrite-graph.ts";

export type QuantizeOptions = WriteQuantizedOptions;

interface WrittenModel {
  readonly path: string;
  readonly precision: QuantizedPrecision;
  readonly sourceBytes: number;
  readonly weightBytes: number;
  /** Products with constant matrices that are int8 now, of `products`. */
  readonly quantizedProducts: number;
  readonly products: number;
}

interface JudgedModel {
  readonly judgement: VectorComparison;
  /** How many times as fast as the source on this machine, in batches of 16 x 128 tokens. */
  readonly speedRatio: number;
}

export type QuantizeReport = WrittenModel & JudgedModel;

/** As such files are called where models are shared. */
const quantizedName = "model_quantized.onnx";

/**
 * Writes an int8 model from the float32 one in a folder of the Hugging Face layout, or from an .onnx file in one: a complete
 * folder again. The same
 * source gives the same weights on the same machine and version of ONNX Runtime. Throws MODEL_INVALID where the folder
 * is no float32 ONNX embedding model or is quantised already, USAGE where `out` cannot be written, CANCELLED.
 */
export async function quantizeModel(source: string, options: QuantizeOptions): Promise<QuantizeReport> {
  return await writeModel(source, options, judgeWritten);
}

/** Another one whenever the same source would give other weights. */
export const quantizerVersion: string = String(recipeVersion);

/** As {@link quantizeModel}, with the model as a spec has it, and without a judgement: whoever asks makes one. */
export async function writeQuantizedModel(
  spec: EmbeddingModelSpec,
  options: WriteQuantizedOptions,
): Promise<void> {
  await writeModel(readModelPath(spec), options, () => Promise.resolve({}));
}

/** What has been written, while everything that wrote it is still open. */
interface Judged {
  readonly base: EmbeddingComputer;
  readonly preparer: EmbeddingPreparer;
  readonly open: () => Promise<EmbeddingComputer>;
  readonly onRun: () => void;
}

async function writeModel<Judgement>(
  source: string,
  options: QuantizeOptions,
  judge: (written: Judged) => Promise<Judgement>,
): Promise<WrittenModel & Judgement> {
  const folder = await readModelFolder(source);
  // Int8 is let through by what it does to vectors: of scores that says nothing.
  if (folder.labels !== undefined) {
    const problem =
      "names a cross-encoder or classifier, expected a model that embeds: what int8 does to scores is not judged";
    throw invalidFile(join(folder.path, "config.json"), problem);
  }
  const file = await readOnnxFile(folder.onnxPath);
  const parts = findParts(file, readHeads(folder));
  return await fillFolder(options.out, async (staging) => {
    await copySmallFiles(folder.path, staging, listLayerWeights(folder));
    const inside = relative(folder.path, dirname(folder.onnxPath));
    const onnxPath = join(staging, inside, quantizedName);
    await mkdir(dirname(onnxPath), { recursive: true });
    const work = { source, staging, onnxPath, folder, file, ...parts };
    const report = await quantizeInto(work, options, judge);
    return { ...report, path: options.out };
  });
}

async function judgeWritten({ base, preparer, open, onRun }: Judged): Promise<JudgedModel> {
  await using other = await open();
  const judged = preparer.prepare({ kind: "texts", texts: judgedTexts }, { truncate: true });
  const wanted = await embedTexts(base, judged, onRun);
  const got = await embedTexts(other, judged, onRun);
  return {
    judgement: compareVectors(wanted, got, base.info.dimensions),
    speedRatio: await measureSpeedRatio(base, other, preparer, judgedTexts, onRun),
  };
}

/** The layers after the pooling stay as they are: they are small, and each is computed once for a text. */
function listLayerWeights({ path, layers }: ModelFolder): ReadonlySet<string> {
  const folders = layers.flatMap((layer) => (layer.kind === "normalize" ? [] : [layer.folder]));
  return new Set(folders.map((folder) => relative(path, join(folder, layerWeightsName))));
}

interface Parts {
  readonly products: readonly Product[];
  readonly tables: readonly TokenTable[];
  readonly attention: readonly Attention[];
}

function findParts(file: OnnxFile, heads: number | undefined): Parts {
  checkNotQuantized(file);
  const uses = findUses(file);
  const products = findProducts(file, uses);
  if (products.length === 0) {
    throw invalidFile(
      file.path,
      "has no product of activations with a constant float32 matrix, so nothing to quantise. Expected a float32 model; " +
        "float16 weights cannot be read yet: export it in float32.",
    );
  }
  if (file.opset < 10) {
    throw invalidFile(
      file.path,
      `is of operator set ${file.opset}, expected 10 or newer. Export the model again.`,
    );
  }
  return {
    products,
    tables: findTokenTables(file, uses),
    // What is made of queries, keys and values takes their place: nothing else may use them.
    attention: findAttention(file, uses, products, heads).filter(({ query, key, value }) =>
      [query, key, value].every(({ output }) => uses.get(output)?.length === 1),
    ),
  };
}

interface Work extends Parts {
  /** The model's folder, or the .onnx file in it that is meant. */
  readonly source: string;
  readonly staging: string;
  readonly onnxPath: string;
  readonly folder: ModelFolder;
  readonly file: OnnxFile;
}

async function quantizeInto<Judgement>(
  work: Work,
  options: QuantizeOptions,
  judge: (written: Judged) => Promise<Judgement>,
): Promise<Omit<WrittenModel, "path"> & Judgement> {
  const { folder, file, products, tables } = work;
  const preparer = await createEmbeddingPreparer({ path: work.source });
  const prepare = (texts: readonly string[]) =>
    preparer.prepare({ kind: "texts", texts }, { truncate: true });
  const step = (name: QuantizeProgress["step"], done: number, total: number): void => {
    if (options.signal?.aborted === true) {
      throw new WeirError("CANCELLED", `quantising ${folder.path} was cancelled`, {
        cause: options.signal.reason,
      });
    }
    options.onProgress?.({ step: name, done, total });
  };

  const calibration = prepare(calibrationTexts);
  const names = [...new Set(products.map(({ input }) => input))];
  const scratch = await mkdtemp(join(work.staging, "scratch-"));
  let row = 0;
  const ranges = await measureRanges(await loadOnnxRuntime(), folder, file, names, cutRows(calibration), {
    scratch,
    onRow: () => step("calibrating", row++, calibration.lengths.length),
  });
  await rm(scratch, { recursive: true });

  const writeFused = async (chosen: readonly Product[], fused: readonly Attention[]): Promise<number> => {
    const data = `${work.onnxPath}_data`;
    await Promise.all([work.onnxPath, data].map((path) => rm(path, { force: true })));
    const fusable = fused.filter(({ query, key }) => chosen.includes(query) && chosen.includes(key));
    const model = await rewriteGraph({ file, tables, products: chosen, attention: fusable, ranges });
    return await writeOnnxFile(work.onnxPath, { ...model, metadata: makeMarks(file, options.precision) });
  };
  const open = (): Promise<EmbeddingComputer> => createEmbeddingComputer({ path: work.staging });
  const computeFused = async (fused: readonly Attention[], done: number): Promise<Float32Array> => {
    step("fusing", done, 2);
    await writeFused(products, fused);
    await using computer = await open();
    return await embedTexts(computer, calibration);
  };
  await using base = await createEmbeddingComputer({ path: work.source });
  const { dimensions } = base.info;
  const calibrated = await embedTexts(base, calibration);
  const attention = await keepIfAlike(work.attention, calibrated, dimensions, computeFused);
  const write = (chosen: readonly Product[]): Promise<number> => writeFused(chosen, attention);
  const sourceBytes = (await readOnnxWeights(file.path)).weightBytes;
  const chosen =
    options.precision === "int8"
      ? products
      : await chooseProducts({
          products,
          sourceBytes,
          write,
          open,
          wanted: calibrated,
          dimensions,
          prepared: calibration,
          onStep: (done, total) => step("choosing", done, total),
        });
  step("writing", 0, 1);
  const weightBytes = await write(chosen);

  let runs = 0;
  const judgement = await judge({ base, preparer, open, onRun: () => step("judging", runs++, 14) });
  return {
    precision: options.precision,
    sourceBytes,
    weightBytes,
    quantizedProducts: chosen.length,
    products: products.length,
    ...judgement,
  };
}

/**
 * The attention that may become one operator: all of it where vectors stay as near to the float32 model's as they were,
 * also those of texts among longer ones; none where the mask says more than where padding is, or heads are cut in another
 * way than was read. Another order of additions moves some values to the next step of their grid: that much is allowed.
 */
async function keepIfAlike(
  attention: readonly Attention[],
  base: Float32Array,
  dimensions: number,
  compute: (fused: readonly Attention[], done: number) => Promise<Float32Array>,
): Promise<readonly Attention[]> {
  if (attention.length === 0) return [];
  const plain = compareVectors(base, await compute([], 0), dimensions);
  const fused = compareVectors(base, await compute(attention, 1), dimensions);
  const isAlike =
    1 - fused.meanCosine <= 1.25 * (1 - plain.meanCosine) + 1e-5 &&
    1 - fused.leastCosine <= 2 * (1 - plain.leastCosine) + 1e-4;
  return isAlike ? attention : [];
}

function cutRows({ tokenIds, lengths }: { tokenIds: Int32Array; lengths: Int32Array }): Int32Array[] {
  let start = 0;
  return Array.from(lengths, (length) => tokenIds.subarray(start, (start += length)));
}
