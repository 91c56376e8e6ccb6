import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { arch, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";
import type { EmbeddingModelSpec } from "@weir/engine";
import { describeFileTimes } from "./model-files.ts";
import type { LayoutPoint, MeasuredPoint } from "./pool-layout.ts";

/** A choice as it is kept: what was chosen, and what was measured for it. */
interface RememberedLayout extends LayoutPoint {
  readonly measured: readonly MeasuredPoint[];
}

/** Measured choices, one file each, in a folder of the cache directory. */
export interface LayoutMemory {
  /** Undefined where nothing is kept, or nothing that can be read. */
  recall(key: string): Promise<RememberedLayout | undefined>;
  keep(key: string, layout: RememberedLayout): Promise<void>;
}

export function createLayoutMemory(cacheDirectory: string): LayoutMemory {
  const folder = join(cacheDirectory, "layouts");
  return {
    async recall(key) {
      try {
        return toRemembered(JSON.parse(await readFile(join(folder, `${key}.json`), "utf8")));
      } catch {
        return undefined;
      }
    },
    async keep(key, layout) {
      await mkdir(folder, { recursive: true });
      const unfinished = join(folder, `${key}.${randomUUID()}.tmp`);
      try {
        await writeFile(unfinished, `${JSON.stringify(layout, undefined, 2)}\n`);
        // Whoever reads meanwhile finds the old file or the new one, never a half.
        await rename(unfinished, join(folder, `${key}.json`));
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    },
  };
}

/**
 * What a measured choice depends on, as a file name: the model's files (names, sizes, times), how it is run, the versions
 * that compute it and the machine. Whatever of it changes is measured again.
 */
export async function createLayoutKey(
  model: { readonly engineModule: string; readonly spec: EmbeddingModelSpec },
  asked: { readonly replicas: number | "auto"; readonly threads: number | "auto" },
  cores: number,
): Promise<string> {
  const [processor] = cpus();
  const facts = {
    format: 1,
    model,
    asked,
    files: await describeFileTimes(model.spec.path).catch(() => ""),
    machine: [platform(), arch(), processor?.model, cores, totalmem()],
    node: process.version,
  };
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 32);
}

function toRemembered(value: unknown): RememberedLayout | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { replicas, threads, measured } = value as Partial<RememberedLayout>;
  const isCount = (count: unknown): boolean => Number.isInteger(count) && (count as number) >= 1;
  if (!isCount(replicas) || !isCount(threads) || !Array.isArray(measured)) return undefined;
  return { replicas: replicas!, threads: threads!, measured: measured as MeasuredPoint[] };
}
