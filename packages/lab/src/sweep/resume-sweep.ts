import { readFile } from "node:fs/promises";
import path from "node:path";
import { WeirError } from "@weir/protocol";
import type { SweepPlan, SweepRecord } from "./sweep-record.ts";

/** What decides what is measured: a sweep is continued only where all of it is the same. */
const deciding = [
  "url",
  "source",
  "cache",
  "matrix",
  "cases",
  "budget",
  "seed",
  "timeoutMs",
  "baseline",
] as const;

/** Reads the sweep that is to go on. Throws USAGE where there is none in the folder, or where it was another one. */
export async function readResumed(folder: string, plan: SweepPlan): Promise<SweepRecord> {
  const file = path.resolve(folder, "run.json");
  let record: Omit<SweepRecord, "kind"> & { readonly kind: unknown };
  try {
    record = JSON.parse(await readFile(file, "utf8")) as SweepRecord;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeirError("USAGE", `--resume: expected the folder of a sweep, got ${folder}: ${reason}.`, {
      cause: error,
    });
  }
  if (record.kind !== "sweep" || record.schema !== 1)
    throw new WeirError(
      "USAGE",
      `--resume: expected the folder of a sweep, got one of a ${String(record.kind)}.`,
    );
  const differing = deciding.filter(
    (name) => JSON.stringify(record.plan[name]) !== JSON.stringify(plan[name]),
  );
  if (differing.length > 0)
    throw new WeirError(
      "USAGE",
      `--resume: expected the flags that the sweep in ${folder} was begun with, got another ${differing.join(", ")}. Give the same flags, or begin a new sweep without --resume.`,
    );
  return { ...record, kind: record.kind };
}
