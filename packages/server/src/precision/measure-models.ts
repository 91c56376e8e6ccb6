import { setImmediate as nextTurn } from "node:timers/promises";
import {
  compareText,
  summarizeTexts,
  type ComparedText,
  type EmbeddingModelInfo,
  type VectorComparison,
} from "@weir/engine";
import { WeirError, type VectorBlock } from "@weir/protocol";
import { readPeakRss } from "../platform/peak-memory.ts";
import { median } from "../replica/measure-layouts.ts";
import { toPlainRequest } from "../replica/plain-request.ts";
import { startReplica, type EmbeddingReplica } from "../replica/embedding-replica.ts";
import type { ReplicaOptions } from "../replica/replica-kind.ts";

export interface MeasureModelsOptions {
  /** Whose vectors are compared. */
  readonly texts: readonly string[];
  /** What the speed is measured with: some of them, or all over and over. */
  readonly timed: readonly string[];
  /** Rounds that each takes. Whole number >= 1. @default 5 */
  readonly rounds?: number;
  /** How long a round of the slower one should take, in milliseconds. @default 700 */
  readonly roundMs?: number;
  /** No round is begun after so long, except the first two, in milliseconds. @default 30000 */
  readonly budgetMs?: number;
  /** Told what is done and how far all is, from 0 to 1. */
  readonly onProgress?: ((step: string, share: number) => void) | undefined;
  /** Told once the first model is loaded: what goes wrong from then on is not about that. */
  readonly onFirstReady?: (() => void) | undefined;
}

/** A model as one replica of it computed here. */
export interface MeasuredModel {
  readonly info: EmbeddingModelInfo;
  /** From spawn to ready. */
  readonly startMs: number;
  /** Resident memory once it was loaded and had computed a little. */
  readonly idleRssBytes: number;
  /** The most that it held; undefined where the system does not tell. */
  readonly peakRssBytes: number | undefined;
  /** The median of the rounds. */
  readonly textsPerSecond: number;
  /** Of each round. */
  readonly rates: readonly number[];
}

export interface MeasuredPair {
  readonly a: MeasuredModel;
  readonly b: MeasuredModel;
  readonly vectors: VectorComparison;
}

/** Texts of a round: enough for two jobs of a slow model, and not more than fit in memory of a fast one. */
const leastTexts = 16;
const mostTexts = 20_000;

/** Most texts of a job, and jobs that a replica holds at once: as when it serves a list. */
const jobTexts = 16;
const jobsAtOnce = 2;

/**
 * Computes two models on this machine, each in a process of its own, and compares them: vectors of the same texts, and speed
 * in rounds that alternate, so that a machine whose speed drifts decides nothing. Rejects where one cannot be started.
 */
export async function measureModels(
  a: ReplicaOptions,
  b: ReplicaOptions,
  {
    texts,
    timed,
    rounds = 5,
    roundMs = 700,
    budgetMs = 30_000,
    onProgress = () => {},
    onFirstReady = () => {},
  }: MeasureModelsOptions,
  signal: AbortSignal,
): Promise<MeasuredPair> {
  onProgress("loading", 0);
  await using first = await open(a, signal);
  onFirstReady();
  await using second = await open(b, signal);
  const sides = [first, second] as const;
  const vectors: VectorBlock[] = [];
  for (const [at, { replica }] of sides.entries()) {
    onProgress("computing the texts", 0.2 + 0.2 * at);
    vectors.push(await embedAll(replica, texts, signal));
  }
  // Once to warm up, and once to see how many texts make a round.
  const warm = pickEvenly(timed, leastTexts);
  for (const { replica } of sides) await timePass(replica, warm, signal);
  const slowest = Math.min(
    await timePass(first.replica, warm, signal),
    await timePass(second.replica, warm, signal),
  );
  const count = Math.max(leastTexts, Math.min(mostTexts, Math.round((slowest * roundMs) / 1_000)));
  // The same texts in each round: one of others would be another measurement.
  const pass = pickEvenly(timed, count);
  const rates: [number[], number[]] = [[], []];
  const fromMs = performance.now();
  for (let round = 0; round < rounds; round++) {
    if (round >= 2 && performance.now() - fromMs > budgetMs) break;
    onProgress("measuring the speed in turns", 0.6 + (0.4 * round) / rounds);
    // a b, b a: what comes second must not always be the same.
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      rates[which].push(await timePass(sides[which].replica, pass, signal));
    }
  }
  return {
    a: await describeSide(first, rates[0]),
    b: await describeSide(second, rates[1]),
    vectors: await compareGently(vectors[0]!, vectors[1]!, signal),
  };
}

/** So many texts: some at even distances where there are more, as their lengths may go by the file, else all in turn. */
function pickEvenly(texts: readonly string[], count: number): readonly string[] {
  const step = Math.max(1, texts.length / count);
  return Array.from({ length: count }, (_, at) => texts[Math.floor(at * step) % texts.length]!);
}

interface OpenModel extends AsyncDisposable {
  readonly replica: EmbeddingReplica;
  readonly startMs: number;
}

async function open(options: ReplicaOptions, signal: AbortSignal): Promise<OpenModel> {
  const fromMs = performance.now();
  const replica = await startReplica(options, signal);
  if (replica.info.labels !== undefined) {
    await replica[Symbol.asyncDispose]();
    const message = `${options.spec.path}: scores texts and pairs of texts, expected a model that embeds. Name another.`;
    throw new WeirError("MODEL_INVALID", message);
  }
  return {
    replica,
    startMs: performance.now() - fromMs,
    [Symbol.asyncDispose]: () => replica[Symbol.asyncDispose](),
  };
}

async function describeSide(
  { replica, startMs }: OpenModel,
  rates: readonly number[],
): Promise<MeasuredModel> {
  const { info, idleRssBytes, pid } = replica;
  const peakRssBytes = await readPeakRss(pid);
  return { info, startMs, idleRssBytes, peakRssBytes, textsPerSecond: median(rates), rates };
}

/** Vectors of length 1, row after row. */
async function embedAll(
  replica: EmbeddingReplica,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<VectorBlock> {
  const { dimensions } = replica.info;
  const values = new Float32Array(texts.length * dimensions);
  await runJobs(texts, async (job, from) => {
    const { vectors } = await replica.embed(toPlainRequest(job), signal);
    values.set(vectors.values, from * dimensions);
  });
  return { count: texts.length, dimensions, values };
}

/** Texts per second. */
async function timePass(
  replica: EmbeddingReplica,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const fromMs = performance.now();
  await runJobs(texts, (job) => replica.embed(toPlainRequest(job), signal));
  return (1_000 * texts.length) / (performance.now() - fromMs);
}

async function runJobs(
  texts: readonly string[],
  run: (job: readonly string[], from: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const size = Math.min(jobTexts, Math.ceil(texts.length / jobsAtOnce));
  const work = async (): Promise<void> => {
    while (next < texts.length) {
      const from = next;
      next += size;
      await run(texts.slice(from, from + size), from);
    }
  };
  await Promise.all(Array.from({ length: jobsAtOnce }, work));
}

/** Every text meets every other: in between others have their turn, as this may be the thread that answers them. */
async function compareGently(a: VectorBlock, b: VectorBlock, signal: AbortSignal): Promise<VectorComparison> {
  const compared: ComparedText[] = [];
  for (let text = 0; text < a.count; text++) {
    compared.push(compareText(a, b, text));
    await nextTurn();
    signal.throwIfAborted();
  }
  return summarizeTexts(compared);
}
