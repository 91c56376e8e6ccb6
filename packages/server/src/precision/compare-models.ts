import type { EmbeddingModelSpec, PrecisionWish } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { createSpillDirectory } from "../link/spill-directory.ts";
import type { ReplicaOptions } from "../replica/replica-kind.ts";
import { choosePrecision, type PrecisionEvent } from "./choose-precision.ts";
import { measureModels, type MeasuredPair, type MeasureModelsOptions } from "./measure-models.ts";

/** A model that is compared. */
export interface ComparedModel {
  readonly engineModule: string;
  readonly spec: EmbeddingModelSpec;
  /** Weights that are made of the model's first, and kept. @default those of its folder */
  readonly precision?: Exclude<PrecisionWish, "auto">;
}

export interface CompareModelsOptions extends MeasureModelsOptions {
  /** Weir's cache folder, for weights that are made. */
  readonly cacheDirectory: string;
  /** Time a model may take from spawn to ready, in milliseconds. @default 120000 */
  readonly startTimeoutMs?: number;
  /** Told while weights are made. */
  readonly onEvent?: ((event: PrecisionEvent) => void) | undefined;
}

/**
 * Measures two models on this machine, each in a process of its own. Rejects with MODEL_INVALID where one does not embed,
 * cannot be loaded or has no weights in the precision that was named, and with the signal's reason.
 */
export async function compareModels(
  a: ComparedModel,
  b: ComparedModel,
  options: CompareModelsOptions,
  signal: AbortSignal,
): Promise<MeasuredPair> {
  const { cacheDirectory, startTimeoutMs = 120_000, onEvent = () => {} } = options;
  await using spill = await createSpillDirectory();

  async function toReplica({ precision = "fp32", ...model }: ComparedModel): Promise<ReplicaOptions> {
    const replica = { ...model, startTimeoutMs, spillDirectory: spill.path };
    const asked = { ...replica, precision, cacheDirectory };
    const { spec, choice } = await choosePrecision(asked, onEvent, signal);
    if (precision !== "fp32" && choice.runs === "as-is") throw new WeirError("MODEL_INVALID", choice.reason);
    return { ...replica, spec };
  }

  return await measureModels(await toReplica(a), await toReplica(b), options, signal);
}
