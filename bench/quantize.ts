/**
 * What quantising a model costs and gains: for each precision of `weir models quantize` the size of the file, cosine with
 * the float32 vectors, texts that keep their nearest neighbour, and speed in processor time of one thread, so that what
 * else the machine does counts little. docs/decisions/0012 has these figures.
 *
 *     npm run bench -- quantize [--model DIR] [--precision int8,int8-accurate] [--texts FILE] [--rounds 7]
 *
 * `--texts` is a JSON list of texts, or an object with one as `sentences` (default: `sentences.json` in the model's folder,
 * else the texts that the command itself judges by). No step of quantising may have seen them.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  quantizedPrecisions,
  type EmbeddingComputer,
  type PreparedInputs,
  type QuantizedPrecision,
  type VectorComparison,
} from "@weir/engine";
import {
  createEmbeddingComputer,
  createEmbeddingPreparer,
  quantizeModel,
  type QuantizeReport,
} from "@weir/engine-onnx";
import { compareVectors, embedTexts } from "../packages/engine-onnx/src/quantize/judge-model.ts";
import { judgedTexts } from "../packages/engine-onnx/src/quantize/judged-texts.ts";
import { resolveRealModel } from "./lib/bench-model.ts";
import { describeMachine } from "./lib/describe-machine.ts";
import { makeTexts } from "./lib/make-texts.ts";
import { createTemporaryFolder } from "./lib/temporary-folder.ts";
import { showProgress } from "./lib/progress.ts";
import { median } from "./lib/median.ts";
import { file, modelFolder, readFlags, someOf, whole } from "./lib/read-flags.ts";

const flags = readFlags({
  model: modelFolder,
  precision: someOf(quantizedPrecisions),
  texts: file,
  rounds: whole(7),
});

/** Most of the file, and least of the rest. */
const wanted = {
  file: { int8: 0.27, "int8-accurate": 0.4 },
  meanCosine: 0.995,
  clearAgreement: 0.95,
} as const;
const [timedRows, timedTokens] = [16, 202];

type TokenRows = Pick<PreparedInputs, "tokenIds" | "lengths">;

interface Found {
  readonly report: QuantizeReport;
  readonly judgement: VectorComparison;
  /** Times as fast as float32. */
  readonly speed: number;
  readonly quantizeSeconds: number;
}

const model = await resolveRealModel(flags.model);
const texts = await readTexts();
using folder = createTemporaryFolder("quantize");
report(await measureAll());

async function measureAll(): Promise<Map<QuantizedPrecision, Found>> {
  const preparer = await createEmbeddingPreparer({ path: model });
  const prepare = (list: readonly string[]): PreparedInputs =>
    preparer.prepare({ kind: "texts", texts: list }, { truncate: true });
  await using base = await createEmbeddingComputer({ path: model, threads: 1 });
  const vectors = await embedTexts(base, prepare(texts));
  const timed = cutTo(prepare(makeTexts(timedRows, 2_000)), timedTokens);
  const all = new Map<QuantizedPrecision, Found>();
  for (const precision of flags.precision) {
    showProgress(`quantising to ${precision}`);
    const startedMs = performance.now();
    const report = await quantizeModel(model, { precision, out: join(folder.path, precision) });
    const quantizeSeconds = (performance.now() - startedMs) / 1_000;
    await using other = await createEmbeddingComputer({ path: report.path, threads: 1 });
    const judgement = compareVectors(vectors, await embedTexts(other, prepare(texts)), base.info.dimensions);
    all.set(precision, { report, judgement, speed: await timeRatio(base, other, timed), quantizeSeconds });
  }
  return all;
}

/** Rows of one length: their first tokens, and as many as there are where a model takes fewer. */
function cutTo({ tokenIds, lengths }: PreparedInputs, tokens: number): TokenRows {
  const length = Math.min(tokens, ...lengths);
  const cut = new Int32Array(lengths.length * length);
  let start = 0;
  lengths.forEach((own, row) => {
    cut.set(tokenIds.subarray(start, start + length), row * length);
    start += own;
  });
  return { tokenIds: cut, lengths: new Int32Array(lengths.length).fill(length) };
}

/** How many times as fast `other` is, in processor time: the medians of rounds in turns. */
async function timeRatio(
  base: EmbeddingComputer,
  other: EmbeddingComputer,
  batch: TokenRows,
): Promise<number> {
  const times = { base: [] as number[], other: [] as number[] };
  for (let round = -1; round < flags.rounds; round++) {
    const [baseMs, otherMs] = [await cpuMs(base, batch), await cpuMs(other, batch)];
    // The first round only warms up.
    if (round < 0) continue;
    times.base.push(baseMs);
    times.other.push(otherMs);
  }
  return median(times.base) / median(times.other);
}

async function cpuMs(computer: EmbeddingComputer, { tokenIds, lengths }: TokenRows): Promise<number> {
  const { dimensions, pooling } = computer.info;
  const before = process.cpuUsage();
  await computer.compute({ tokenIds, lengths, dimensions, pooling, normalize: true });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function report(all: ReadonlyMap<QuantizedPrecision, Found>): void {
  const verdicts = [...all].flatMap(([precision, found]) => judge(precision, found));
  const good = verdicts.every(({ holds }) => holds);
  const gains = [...all].map(
    ([precision, { report, speed }]) =>
      `${precision} has ${(report.weightBytes / report.sourceBytes).toFixed(2)} of the size at ${speed.toFixed(2)} times the speed`,
  );
  console.log(`${gains.join(", ")}${good ? "." : "; not all is as it is meant to be."}`);
  console.log(
    `${describeMachine()}; model ${model}; ${texts.length} texts; ${timedRows} x ${timedTokens} tokens, one thread\n`,
  );
  console.log("                 file   mean cosine    least   agreement, all / clear    speed   quantising");
  for (const [precision, { report, judgement, speed, quantizeSeconds }] of all) {
    const { meanCosine, leastCosine, agreement, clearAgreement } = judgement;
    const shares = [agreement, clearAgreement].map((share) => `${(100 * share).toFixed(1)} %`).join(" / ");
    const cells = [
      precision.padEnd(15),
      (report.weightBytes / report.sourceBytes).toFixed(3).padStart(6),
      meanCosine.toFixed(4).padStart(14),
      leastCosine.toFixed(4).padStart(9),
      shares.padStart(26),
      speed.toFixed(2).padStart(9),
      `${quantizeSeconds.toFixed(0)} s`.padStart(13),
    ];
    console.log(cells.join(""));
  }
  console.log("");
  for (const { text, holds } of verdicts) console.log(`${holds ? "ok    " : "MISSED"} ${text}`);
  process.exitCode = good ? 0 : 1;
}

function judge(
  precision: QuantizedPrecision,
  { report, judgement }: Found,
): { readonly text: string; readonly holds: boolean }[] {
  const size = report.weightBytes / report.sourceBytes;
  const { meanCosine, clearAgreement, clearTexts } = judgement;
  const mostSize = wanted.file[precision];
  return [
    {
      text: `${precision}: ${size.toFixed(3)} of the file, wanted at most ${mostSize}`,
      holds: size <= mostSize,
    },
    {
      text: `${precision}: mean cosine ${meanCosine.toFixed(4)}, wanted ${wanted.meanCosine}`,
      holds: meanCosine >= wanted.meanCosine,
    },
    {
      text: `${precision}: ${(100 * clearAgreement).toFixed(1)} % of ${clearTexts} clear neighbours kept, wanted ${100 * wanted.clearAgreement} %`,
      // Not a number where no text has a clear nearest one.
      holds: !(clearAgreement < wanted.clearAgreement),
    },
  ];
}

async function readTexts(): Promise<readonly string[]> {
  const beside = join(model, "sentences.json");
  const path = flags.texts ?? (existsSync(beside) ? beside : undefined);
  if (path === undefined) return judgedTexts;
  const read = JSON.parse(await readFile(path, "utf8")) as
    | readonly string[]
    | { sentences: readonly string[] };
  return "sentences" in read ? read.sentences : read;
}
