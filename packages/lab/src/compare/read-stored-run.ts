import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { WeirError } from "@weir/protocol";
import type { Slice } from "@weir/load";
import { runSchemaVersion, type RunRecord } from "../record/run-record.ts";

/** A run as its folder keeps it. */
export interface StoredRun {
  /** Absolute. */
  readonly folder: string;
  readonly record: RunRecord;
  /** Empty where they are not there any more. */
  readonly slices: readonly Slice[];
}

/** Reads a run's folder, or its run.json. Throws USAGE where it is none. */
export async function readStoredRun(place: string): Promise<StoredRun> {
  const found = await stat(place).catch(() => undefined);
  const file = path.resolve(found?.isDirectory() === true ? path.join(place, "run.json") : place);
  const record = (await readJson(file, place)) as Partial<RunRecord>;
  if ((record.kind as string) === "import")
    throw new WeirError(
      "USAGE",
      `expected the folder of a run (weir run), got ${place}, which is a result of another tool: it has no schedule, no health of its generator and no seconds to judge by. weir runs show A B puts the two side by side.`,
    );
  if (record.kind !== "run" || record.schema !== runSchemaVersion || record.summary === undefined)
    throw new WeirError(
      "USAGE",
      `expected the folder of a run (weir run), got ${place}, which is of ${record.kind === undefined ? "no run" : `kind ${JSON.stringify(record.kind)}`}.`,
    );
  const folder = path.dirname(file);
  const slices = await readFile(path.join(folder, "slices.json"), "utf8").then(
    (text) => (JSON.parse(text) as { readonly slices?: readonly Slice[] }).slices ?? [],
    () => [],
  );
  return { folder, record: record as RunRecord, slices };
}

async function readJson(file: string, place: string): Promise<object> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    if (typeof value === "object" && value !== null) return value;
    throw new Error("it holds no JSON object");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError("USAGE", `expected the folder of a run, got ${place}: ${reason}.`, { cause: error });
  }
}
