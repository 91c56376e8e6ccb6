import type { RunNotes } from "./run-notes.ts";
import { runColumns, toStart, type Fact } from "./run-columns.ts";
import { scanRuns, type ReadRun, type ScanOptions, type UnreadableRun } from "./scan-runs.ts";

/** A run in a list: what is known of it, without its record. */
export interface ListedRun {
  readonly kind: "readable";
  readonly id: string;
  /** Absolute. */
  readonly folder: string;
  /** Id of the measurement that it is a part of; null where it stands by itself. */
  readonly parent: string | null;
  readonly notes: RunNotes;
  /** By the names of {@link runColumns}. */
  readonly facts: Readonly<Record<string, Fact>>;
}

export type StoredRun = ListedRun | UnreadableRun;

/** All runs below some folders, newest first. Throws USAGE for a folder that is not there. */
export async function listRuns(
  directories: readonly string[],
  options: ScanOptions = {},
): Promise<StoredRun[]> {
  const runs = await scanRuns(directories, toStoredRun, options);
  const keyed = runs.map((run) => ({ run, key: `${startOf(run)} ${run.id}` }));
  return keyed.toSorted((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0)).map(({ run }) => run);
}

function toStoredRun(run: ReadRun | UnreadableRun): StoredRun {
  if (run.kind === "unreadable") return run;
  const { id, folder, parent, notes } = run;
  return { kind: "readable", id, folder, parent, notes, facts: toFacts(run) };
}

/** What is known of a run, flat. */
function toFacts(run: ReadRun): Readonly<Record<string, Fact>> {
  return Object.fromEntries(runColumns.map(({ name, read }) => [name, read(run)]));
}

/** When a run began, in ISO 8601; empty where nobody knows. */
export function startOf(run: StoredRun): string {
  const start = run.kind === "readable" ? run.facts["started_at"] : toStart(run.id);
  return typeof start === "string" ? start : "";
}
