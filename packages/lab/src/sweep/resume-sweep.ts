import { readFile } from "node:fs/promises";
import path from "node:path";
import { WeirError } from "@weir/protocol";
import type { SweepPlan, SweepRecord } from "./sweep-record.ts";
import type { SweepVisit } from "./sweep-visit.ts";

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
  const record = await readRecord(folder);
  const differing = deciding.filter(
    (name) => JSON.stringify(record.plan[name]) !== JSON.stringify(plan[name]),
  );
  if (differing.length > 0)
    throw new WeirError(
      "USAGE",
      `--resume: expected the flags that the sweep in ${folder} was begun with, got another ${differing.join(", ")}. Give the same flags, or begin a new sweep without --resume.`,
    );
  return record.summary.end.kind === "stopped" ? { ...record, visits: withoutLost(record.visits) } : record;
}

async function readRecord(folder: string): Promise<SweepRecord> {
  const wrong = (what: string, cause?: unknown): WeirError =>
    new WeirError("USAGE", `--resume: expected the folder of a sweep, got ${what}.`, { cause });
  let record: Partial<SweepRecord> | null;
  try {
    record = JSON.parse(
      await readFile(path.resolve(folder, "run.json"), "utf8"),
    ) as Partial<SweepRecord> | null;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      throw wrong(`${folder}, which has no run.json`, error);
    throw wrong(`${folder}, whose run.json cannot be read: ${String(error)}`, error);
  }
  const kind: unknown = record?.kind;
  if (record === null || kind !== "sweep" || record.schema !== 1)
    throw wrong(
      `${folder}, which is of ${kind === undefined ? "no measurement" : `kind ${JSON.stringify(kind)}`}`,
    );
  if (record.plan === undefined || record.summary?.end === undefined || !Array.isArray(record.visits))
    throw wrong(`${folder}, whose run.json is not whole`);
  return record as SweepRecord;
}

/**
 * Without the measurements at the end that found nobody listening: they say nothing of their settings, and are made again.
 * The one in which the target was lost stays: it may have been its settings that ended it.
 */
function withoutLost(visits: readonly SweepVisit[]): readonly SweepVisit[] {
  const lastMet = visits.findLastIndex(
    ({ completed, failures }) =>
      completed > 0 || Object.keys(failures).some((kind) => !kind.startsWith("connect-")),
  );
  return visits.slice(0, lastMet + 1);
}
