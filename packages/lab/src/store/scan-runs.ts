import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { WeirError } from "@weir/protocol";
import { parseRecord, type StoredRecord } from "./parse-record.ts";
import { readNotes, type RunNotes } from "./run-notes.ts";

/** A folder with a run.json that could be read. */
export interface ReadRun {
  readonly kind: "readable";
  readonly id: string;
  /** Absolute. */
  readonly folder: string;
  /** Id of the measurement that it is a part of; null where it stands by itself. */
  readonly parent: string | null;
  readonly record: StoredRecord;
  /** The text of its run.json. */
  readonly text: string;
  readonly notes: RunNotes;
}

/** A folder that is or was to be a run's, and why its run.json could not be read. */
export interface UnreadableRun {
  readonly kind: "unreadable";
  /** The folder's name. */
  readonly id: string;
  readonly folder: string;
  readonly parent: string | null;
  readonly reason: string;
}

export interface ScanOptions {
  /** Gives the runs that measurements are made of, too. @default false */
  readonly children?: boolean;
  /** Ends it; it then rejects. */
  readonly signal?: AbortSignal;
}

/** Read between two looks at what else there is to do: some 2 ms. */
const runsPerTurn = 16;
const recordFile = "run.json";
/** Folders below a folder of runs that are looked into for more of them. */
const mostDepth = 4;
/** As createRunFolder names them: there was to be a run.json. */
const runName = /^\d{8}T\d{6}Z-[0-9a-f]{6}$/;
const neverEntered = new Set(["node_modules", "dist"]);

/**
 * Reads every run below some folders, and gives what `take` makes of each, in no order. A run is read, handed over and
 * forgotten: memory is that of what `take` keeps. Folders that hold no runs are passed over; what looks like a run and
 * cannot be read is handed over with the reason. A folder that is a run itself is given with its children. Throws USAGE
 * for a folder that is not there.
 */
export async function scanRuns<Taken>(
  directories: readonly string[],
  take: (run: ReadRun | UnreadableRun) => Taken,
  { children = false, signal }: ScanOptions = {},
): Promise<Taken[]> {
  const taken: Taken[] = [];
  const seen = new Set<string>();
  let looked = 0;
  for (const directory of directories) {
    const root = path.resolve(directory);
    checkFolder(root, directory);
    for (const run of findRuns(root, children)) {
      looked += 1;
      // Whoever interrupts is heard, and others in this process get their turn.
      if (looked % runsPerTurn === 0) await setImmediate();
      signal?.throwIfAborted();
      // Folders may be given one inside the other.
      if (run === undefined || seen.has(run.folder)) continue;
      seen.add(run.folder);
      taken.push(take(run));
    }
  }
  return taken;
}

function checkFolder(root: string, directory: string): void {
  const found = statSync(root, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  throw new WeirError(
    "USAGE",
    `there is no folder of runs ${directory}. weir run makes runs, in the folder that --out names; weir runs --out DIR looks there.`,
  );
}

/** Gives undefined for each folder that is no run, so that walking through many of them can be interrupted. */
function* findRuns(root: string, children: boolean): Generator<ReadRun | UnreadableRun | undefined> {
  const own = readRun(root, null);
  if (own !== undefined) yield* withChildren(own, true);
  else yield* walk(root, children, 1);
}

function* walk(
  directory: string,
  children: boolean,
  depth: number,
): Generator<ReadRun | UnreadableRun | undefined> {
  for (const name of listFolders(directory)) {
    const folder = path.join(directory, name);
    const run = readRun(folder, null);
    yield undefined;
    if (run !== undefined) yield* withChildren(run, children);
    else if (depth < mostDepth) yield* walk(folder, children, depth + 1);
  }
}

function* withChildren(run: ReadRun | UnreadableRun, children: boolean): Generator<ReadRun | UnreadableRun> {
  yield run;
  if (!children || run.kind === "unreadable") return;
  for (const child of run.record.children.filter(isInside)) {
    const found = readRun(path.join(run.folder, child), run.record.id);
    if (found !== undefined) yield* withChildren(found, true);
  }
}

function listFolders(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && !neverEntered.has(entry.name))
      .map(({ name }) => name);
  } catch {
    // Somebody else's, or gone since.
    return [];
  }
}

/** Undefined where a folder is no run's. */
function readRun(folder: string, parent: string | null): ReadRun | UnreadableRun | undefined {
  const name = path.basename(folder);
  const unreadable = (reason: string): UnreadableRun => ({
    kind: "unreadable",
    id: name,
    folder,
    parent,
    reason,
  });
  let text: string;
  try {
    // A thousand small files are read six times faster so than by way of the thread pool.
    text = readFileSync(path.join(folder, recordFile), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") return unreadable(`run.json cannot be read: ${code ?? String(error)}`);
    return runName.test(name) ? unreadable("no run.json: it runs still, or was killed") : undefined;
  }
  const parsed = parseRecord(text);
  if (parsed.kind === "unreadable") return unreadable(parsed.reason);
  const { record } = parsed;
  return { kind: "readable", id: record.id, folder, parent, record, text, notes: readNotes(folder) };
}

function isInside(child: string): boolean {
  return child !== "" && !path.isAbsolute(child) && !child.split(/[\\/]/).includes("..");
}
