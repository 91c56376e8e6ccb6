import { countUsableCores } from "../platform/usable-cores.ts";
import { createLayoutKey, createLayoutMemory } from "./layout-memory.ts";
import { measureLayouts } from "./measure-layouts.ts";
import { listLayouts, type PoolLayout } from "./pool-layout.ts";
import type { ReplicaOptions } from "./replica-kind.ts";

/** More processes than this have not been seen to help, and each has its own copy of the weights. */
const mostReplicas = 8;

export interface LayoutOptions extends Omit<ReplicaOptions, "onOutput" | "onProgress"> {
  /**
   * Processes of this model. Whole number >= 1, or "auto": chosen by a short measurement at the first start. Where
   * `spec.threads` is left out, each gets its share of the cores. @default 1
   */
  readonly replicas?: number | "auto";
  /** Where the measured choice is kept for later starts. @default nowhere: each start measures */
  readonly cacheDirectory?: string;
  /** Jobs that each replica holds at once: one that computes and one that is made ready beside it. @default 2 */
  readonly jobsPerReplica?: number;
}

/**
 * How a model is put on the machine's cores: as given, else as an earlier start measured it here, else by measuring now.
 * Rejects where the model cannot be started.
 */
export async function chooseLayout(options: LayoutOptions, signal: AbortSignal): Promise<PoolLayout> {
  const { engineModule, spec, jobsPerReplica = 2, cacheDirectory } = options;
  const asked = { replicas: options.replicas ?? 1, threads: spec.threads ?? "auto" } as const;
  const cores = countUsableCores();
  const layouts = listLayouts(asked, cores, mostReplicas);
  if (layouts.length === 1) return { ...layouts[0]!, chosenBy: "given", measured: [] };
  const memory = cacheDirectory === undefined ? undefined : createLayoutMemory(cacheDirectory);
  const key = memory === undefined ? "" : await createLayoutKey({ engineModule, spec }, asked, cores);
  const remembered = await memory?.recall(key);
  if (remembered !== undefined) return { ...remembered, chosenBy: "remembered" };
  const { best, measured } = await measureLayouts(layouts, options, { jobsPerReplica }, signal);
  // A cache that cannot be written costs the next start a measurement, and this one nothing.
  await memory?.keep(key, { ...best, measured }).catch(() => {});
  return { ...best, chosenBy: "measured", measured };
}
