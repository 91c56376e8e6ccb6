import type { EmbeddingModelSpec, PrecisionWish, QuantizedPrecision, QuantizeProgress } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { ReplicaOptions } from "../replica/replica-kind.ts";
import { createTurns } from "../replica/turns.ts";
import { makeQuantized } from "./make-quantized.ts";
import { measureModels } from "./measure-models.ts";
import { nextPrecisionStep, type PrecisionChoice, type PrecisionPoint } from "./precision-choice.ts";
import { openPrecisionMemory, type PrecisionMemory, type TriedPrecisions } from "./precision-memory.ts";
import type { QuantizedPlace } from "./quantized-store.ts";
import { fixtureTexts, toPassages } from "./texts/fixture-texts.ts";

export interface PrecisionOptions {
  /** @default "fp32", which is the weights as they are in the model's folder */
  readonly precision?: PrecisionWish;
  /**
   * Of `auto`: the share of texts with a clear nearest neighbour that have to keep it, from 0 to 1. @default 0.95
   */
  readonly minAgreement?: number;
  /** Weir's cache folder: weights that are made and what is measured are kept in it. */
  readonly cacheDirectory?: string;
}

/** What is told while a precision is chosen. */
export type PrecisionEvent =
  | { readonly kind: "precision"; readonly choice: PrecisionChoice }
  | {
      readonly kind: "quantizing";
      readonly precision: QuantizedPrecision;
      readonly progress: QuantizeProgress;
    }
  | {
      readonly kind: "quantized";
      readonly precision: QuantizedPrecision;
      readonly path: string;
      readonly tookMs: number;
      /** Why what was there could not be used; undefined where nothing was. */
      readonly damage: string | undefined;
    }
  | { readonly kind: "measuring-precision"; readonly precision: QuantizedPrecision }
  /** What was remembered cannot be read, so it is measured again. `damage` is a clause. */
  | { readonly kind: "precision-forgotten"; readonly file: string; readonly damage: string }
  /** Other weights than at the last choice for the same model: other vectors. */
  | {
      readonly kind: "precision-changed";
      readonly from: PrecisionChoice["runs"];
      readonly to: PrecisionChoice["runs"];
    };

/** How a model is run with the weights that were chosen. */
export interface ChosenPrecision {
  readonly spec: EmbeddingModelSpec;
  readonly choice: PrecisionChoice;
}

/** Nobody waits for ever for a choice; who names a precision has time for it. */
const autoMakeMs = 10 * 60_000;
const askedMakeMs = 60 * 60_000;
const measureMs = 3 * 60_000;

/** How often somebody who waits is told how far it is, beside each new step. */
const progressEveryMs = 5_000;

/** What is measured beside another measurement measures that. */
const turns = createTurns();

/**
 * Finds the weights to run a model with: those of its folder, or others that are made from them and kept. Rejects with USAGE
 * where these cannot be kept, with REPLICA_START_FAILED where a precision that was named cannot be made for now, and as a
 * start of the model does. A model that has no such weights at all runs as it is, and the choice says why.
 */
export async function choosePrecision(
  options: ReplicaOptions & PrecisionOptions,
  onEvent: (event: PrecisionEvent) => void,
  signal: AbortSignal,
): Promise<ChosenPrecision> {
  const { precision: asked = "fp32", cacheDirectory } = options;
  if (asked === "fp32") return asIs(options, { chosenBy: "given", reason: "as asked", measured: [] });
  if (cacheDirectory === undefined) {
    const message = `precision ${asked}: expected a cacheDirectory to keep weights in, got none. Name one.`;
    throw new WeirError("USAGE", message);
  }
  const work = { ...options, asked, cacheDirectory, onEvent, signal };
  return await turns.run(() => (asked === "auto" ? chooseMeasured(work) : makeAsked(work, asked)));
}

type Facts = Pick<PrecisionChoice, "chosenBy" | "reason" | "measured">;

function asIs(
  { precision = "fp32", spec }: ReplicaOptions & PrecisionOptions,
  facts: Facts,
): ChosenPrecision {
  return { spec, choice: { asked: precision, runs: "as-is", ...facts, sourcePath: spec.path } };
}

/** It is for processors: other devices have kernels for other formats. */
function describeDevice(device: string): string {
  return `the model runs on ${device}, and weights of 8 bits are made for the CPU`;
}

interface Work extends ReplicaOptions, PrecisionOptions {
  readonly asked: PrecisionWish;
  readonly cacheDirectory: string;
  readonly onEvent: (event: PrecisionEvent) => void;
  readonly signal: AbortSignal;
}

async function makeAsked(work: Work, asked: QuantizedPrecision): Promise<ChosenPrecision> {
  try {
    const { spec } = await make(work, asked, askedMakeMs);
    const facts = { asked, chosenBy: "given", reason: "as asked", measured: [] } as const;
    return { spec, choice: { ...facts, runs: asked, sourcePath: work.spec.path } };
  } catch (error) {
    // It will be the same at the next start: vectors stay what they are.
    if (!(error instanceof WeirError) || error.code !== "MODEL_INVALID") throw error;
    const reason = `${asked} cannot be made of this model: ${error.message}`;
    return asIs(work, { chosenBy: "given", reason, measured: [] });
  }
}

async function chooseMeasured(work: Work): Promise<ChosenPrecision> {
  const { spec, minAgreement = 0.95 } = work;
  const { device = "auto" } = spec;
  if (device !== "auto" && device !== "cpu") {
    return asIs(work, { chosenBy: "given", reason: describeDevice(device), measured: [] });
  }
  const memory = await openPrecisionMemory(work, work.cacheDirectory);
  let { tried, damage } = await memory.recall();
  if (damage !== undefined) work.onEvent({ kind: "precision-forgotten", file: memory.file, damage });
  let chosenBy: PrecisionChoice["chosenBy"] = "remembered";
  const made = new Map<QuantizedPrecision, QuantizedPlace>();
  for (;;) {
    const step = nextPrecisionStep(tried, minAgreement);
    if (step.kind === "try") {
      chosenBy = "measured";
      tried = [...tried, ...(await tryPrecision(work, step.precision, tried, memory, made))];
      continue;
    }
    // A cache that cannot be written costs the next start a measurement, and this one nothing.
    if (chosenBy === "measured") await memory.keep(tried).catch(() => {});
    const { runs, reason } = step;
    const measured = tried.flatMap((one) => ("failure" in one ? [] : one));
    const facts: Facts = { chosenBy, reason, measured };
    const place = runs === "as-is" ? undefined : (made.get(runs) ?? (await make(work, runs, askedMakeMs)));
    const before = await memory.noteChosen(runs);
    if (before !== undefined && before !== runs)
      work.onEvent({ kind: "precision-changed", from: before, to: runs });
    if (place === undefined) return asIs(work, facts);
    return { spec: place.spec, choice: { asked: "auto", runs, ...facts, sourcePath: spec.path } };
  }
}

const problemsOfStart: readonly unknown[] = ["USAGE", "ENGINE_MISSING"];

/** What is wrong with the model itself, not with this one start. All is remembered: vectors must not change by chance. */
function isLasting({ code }: WeirError): boolean {
  return code === "MODEL_INVALID" || code === "DEVICE_UNAVAILABLE";
}

/** Makes and measures one, and what it is measured against where that is not known yet. */
async function tryPrecision(
  work: Work,
  precision: QuantizedPrecision,
  tried: TriedPrecisions,
  memory: PrecisionMemory,
  made: Map<QuantizedPrecision, QuantizedPlace>,
): Promise<TriedPrecisions> {
  const { signal, onEvent } = work;
  let isStarting = false;
  try {
    const place = await make(work, precision, autoMakeMs);
    made.set(precision, place);
    onEvent({ kind: "measuring-precision", precision });
    isStarting = true;
    const points = await measure(work, precision, place, () => (isStarting = false));
    return tried.some((one) => one.precision === "fp32") ? points.slice(1) : points;
  } catch (error) {
    signal.throwIfAborted();
    // A model that does not start at all says nothing of a precision, nor does an engine that is not there.
    if (isStarting || !(error instanceof WeirError) || problemsOfStart.includes(error.code)) throw error;
    const again = isLasting(error) ? "" : ` (to try again, remove ${memory.file} and restart)`;
    return [{ precision, failure: `${precision} cannot be used: ${error.message}${again}` }];
  }
}

async function measure(
  work: Work,
  precision: QuantizedPrecision,
  { spec }: QuantizedPlace,
  onBaseReady: () => void,
): Promise<readonly PrecisionPoint[]> {
  const late = AbortSignal.timeout(measureMs);
  const timed = toPassages(fixtureTexts);
  const pair = { texts: fixtureTexts, timed, roundMs: 400, budgetMs: 15_000, onFirstReady: onBaseReady };
  const { a, b, vectors } = await measureModels(
    work,
    { ...work, spec },
    pair,
    AbortSignal.any([work.signal, late]),
  ).catch((error: unknown) => {
    if (!late.aborted || work.signal.aborted) throw error;
    const message = `measuring it took longer than ${measureMs / 1_000} s`;
    throw new WeirError("REPLICA_START_FAILED", message, { cause: error });
  });
  if (a.info.device !== "cpu") throw new WeirError("DEVICE_UNAVAILABLE", describeDevice(a.info.device));
  // Whatever else the machine does only slows a round down: the best one says most of the model.
  const [baseRate, rate] = [Math.max(...a.rates), Math.max(...b.rates)];
  return [
    {
      precision: "fp32",
      textsPerSecond: baseRate,
      speedRatio: 1,
      weightBytes: a.info.weightBytes,
      vectors: undefined,
    },
    {
      precision,
      textsPerSecond: rate,
      speedRatio: rate / baseRate,
      weightBytes: b.info.weightBytes,
      vectors,
    },
  ];
}

async function make(
  { engineModule, spec, cacheDirectory, onEvent, signal }: Work,
  precision: QuantizedPrecision,
  timeoutMs: number,
): Promise<QuantizedPlace> {
  const fromMs = performance.now();
  let told: { readonly step: string; readonly atMs: number } | undefined;
  const onProgress = (progress: QuantizeProgress): void => {
    const nowMs = performance.now();
    if (told?.step === progress.step && nowMs - told.atMs < progressEveryMs) return;
    told = { step: progress.step, atMs: nowMs };
    onEvent({ kind: "quantizing", precision, progress });
  };
  const request = { engineModule, spec, precision, cacheDirectory };
  const place = await makeQuantized(request, { timeoutMs, onProgress }, signal);
  if (place.foundBy === "made") {
    const tookMs = performance.now() - fromMs;
    onEvent({ kind: "quantized", precision, path: place.spec.path, tookMs, damage: place.damage });
  }
  return place;
}
