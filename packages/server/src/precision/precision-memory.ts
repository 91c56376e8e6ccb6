import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { arch, cpus, platform, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { quantizedPrecisions, type EmbeddingModelSpec, type VectorComparison } from "@weir/engine";
import { toCanonicalJson } from "../cache/cache-key.ts";
import { describeEngine } from "../cache/model-revision.ts";
import { describeFileTimes } from "../replica/model-files.ts";
import { countUsableCores } from "../platform/usable-cores.ts";
import type { FailedPrecision, PrecisionChoice, PrecisionPoint } from "./precision-choice.ts";

/** What was tried for a model on this machine. */
export type TriedPrecisions = readonly (PrecisionPoint | FailedPrecision)[];

interface RecalledPrecisions {
  /** Empty where nothing is kept, or nothing that can be read. */
  readonly tried: TriedPrecisions;
  /** Why what is kept cannot be read, as a clause; undefined where it can, or nothing is. */
  readonly damage: string | undefined;
}

/** Measurements, one file each, in a folder of the cache directory. */
export interface PrecisionMemory {
  /** Where it is kept. */
  readonly file: string;
  recall(): Promise<RecalledPrecisions>;
  keep(tried: TriedPrecisions): Promise<void>;
  /**
   * Notes what runs now, and says what did at the last choice for the same files: however they were run, and also where a
   * new version or machine has them measured anew. Undefined where nothing is known of it.
   */
  noteChosen(runs: PrecisionChoice["runs"]): Promise<PrecisionChoice["runs"] | undefined>;
}

/**
 * The measurements of a model as it is run here: of its files (names, sizes, times), the versions that compute it and the
 * machine. Whatever of it changes is measured again. What is demanded of a precision is no part of it: that is decided anew.
 */
export async function openPrecisionMemory(
  { engineModule, spec }: { readonly engineModule: string; readonly spec: EmbeddingModelSpec },
  cacheDirectory: string,
): Promise<PrecisionMemory> {
  const [processor] = cpus();
  // Whoever starts the model says what is wrong with its folder.
  const files = await describeFileTimes(spec.path).catch(() => "");
  const facts = {
    format: 1,
    engine: await describeEngine(engineModule),
    spec,
    files,
    machine: [platform(), arch(), processor?.model, countUsableCores(), totalmem()],
    node: process.version,
  };
  const key = toKey(facts);
  const folder = join(cacheDirectory, "precisions");
  const file = join(folder, `${key}.json`);
  const chosenFile = join(folder, "chosen", toKey({ path: spec.path, files }));

  async function replaceFile(path: string, text: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const unfinished = `${path}.${randomUUID()}.tmp`;
    try {
      await writeFile(unfinished, text);
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  return {
    file,
    async recall() {
      try {
        const { tried } = JSON.parse(await readFile(file, "utf8")) as { readonly tried?: unknown };
        const known = Array.isArray(tried) ? toTried(tried) : [];
        return { tried: known, damage: known.length === 0 ? "it is not what was written there" : undefined };
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        return { tried: [], damage: code === "ENOENT" ? undefined : message };
      }
    },
    keep: (tried) => replaceFile(file, `${JSON.stringify({ model: spec.path, tried }, undefined, 2)}\n`),
    async noteChosen(runs) {
      const before = await readFile(chosenFile, "utf8").catch(() => "");
      // What cannot be written costs a later start this word, and this one nothing.
      if (before !== runs) await replaceFile(chosenFile, runs).catch(() => {});
      return runnable.find((known) => known === before);
    },
  };
}

const runnable = ["as-is", ...quantizedPrecisions] as const;

function toKey(facts: unknown): string {
  return createHash("sha256").update(toCanonicalJson(facts)).digest("hex").slice(0, 32);
}

/** Nothing of it counts where one is not as it was kept. */
function toTried(written: readonly unknown[]): TriedPrecisions {
  const tried = written.map(toOne);
  return tried.some((one) => one === undefined) ? [] : (tried as unknown as TriedPrecisions);
}

function toOne(written: unknown): PrecisionPoint | FailedPrecision | undefined {
  const one = (written ?? {}) as Partial<PrecisionPoint & Pick<FailedPrecision, "failure">>;
  const { precision, textsPerSecond, speedRatio, weightBytes, failure } = one;
  if (precision !== "fp32" && !quantizedPrecisions.some((known) => known === precision)) return undefined;
  if (typeof failure === "string" && precision !== "fp32") return { precision: precision!, failure };
  const numbers = [textsPerSecond, speedRatio, weightBytes];
  const vectors = precision === "fp32" ? undefined : toComparison(one.vectors);
  if (numbers.some((number) => typeof number !== "number")) return undefined;
  if (precision !== "fp32" && vectors === undefined) return undefined;
  return {
    precision: precision!,
    textsPerSecond: textsPerSecond!,
    speedRatio: speedRatio!,
    weightBytes: weightBytes!,
    vectors,
  };
}

/** JSON has null for what is no number. */
function toComparison(written: VectorComparison | undefined): VectorComparison | undefined {
  const read = (value: number | null | undefined): number => value ?? Number.NaN;
  if (written === undefined || typeof written.texts !== "number") return undefined;
  return {
    texts: written.texts,
    meanCosine: read(written.meanCosine),
    leastCosine: read(written.leastCosine),
    agreement: read(written.agreement),
    clearAgreement: read(written.clearAgreement),
    clearTexts: read(written.clearTexts),
  };
}
