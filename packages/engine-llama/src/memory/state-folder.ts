import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { WeirError } from "@weir/protocol";
import { parseStateEntry, type StateEntry } from "./state-entry.ts";
import { isAlive } from "./writer-process.ts";

export interface ReadEntry {
  readonly entry: StateEntry;
  readonly tokens: Uint32Array;
  /** Of the entry's own file. */
  readonly entryBytes: number;
}

/** The files of one fingerprint. Names come from hashes: nothing that a client says is ever part of a path. */
export interface StateFolder {
  pathOf(name: string): string;
  /** A name for a state or a temporary file that nobody has had. */
  newName(ending: "state" | "tmp"): string;
  /** Names of all entries. */
  list(): Promise<readonly string[]>;
  /** Undefined for an entry that is gone, damaged or of something else. */
  read(name: string): ReadEntry | undefined;
  /** What changes when anybody adds or removes a file. */
  version(): Promise<number>;
  remove(name: string): Promise<void>;
  /** Removes what writers left behind that ended in the middle. `used` are the states that entries name. */
  sweep(used: ReadonlySet<string>): Promise<void>;
}

const entryEnding = ".entry";

/** Writers of this process: another one with its number may have ended before. */
const writersHere = new Set<string>();

/** A process of another machine or container looks dead from here, and a dead one alive: time decides there. */
const abandonedMs = 3_600_000;

/** The folder of a fingerprint, in the one that is named. */
export function folderName(fingerprint: string): string {
  return fingerprint.slice(0, 32);
}

/** Throws CACHE_UNUSABLE where there can be no such folder. */
export async function openStateFolder(directory: string, fingerprint: string): Promise<StateFolder> {
  const folder = join(directory, folderName(fingerprint));
  const writer = randomBytes(6).toString("hex");
  let made = 0;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new WeirError(
      "CACHE_UNUSABLE",
      `Conversations cannot be kept in ${directory}: ${(cause as Error).message}. Name another folder.`,
      { cause },
    );
  }
  writersHere.add(writer);
  const pathOf = (name: string): string => join(folder, name);

  async function isAbandoned(name: string): Promise<boolean> {
    const [number, by = ""] = name.split("-");
    const pid = Number(number);
    if (pid === process.pid) return !writersHere.has(by);
    if (!isAlive(pid)) return true;
    try {
      return Date.now() - (await stat(pathOf(name))).mtimeMs > abandonedMs;
    } catch {
      return false;
    }
  }

  return {
    pathOf,
    newName: (ending) => `${process.pid}-${writer}-${(made++).toString(36)}.${ending}`,
    async list() {
      return (await readdir(folder)).filter((name) => name.endsWith(entryEnding));
    },
    read(name) {
      try {
        // Some 40 kB: waiting for a thread takes longer than reading them, and there may be a thousand at a start.
        const bytes = readFileSync(pathOf(name));
        const parsed = parseStateEntry(bytes);
        if (parsed?.entry.fingerprint !== fingerprint) return undefined;
        return { ...parsed, entryBytes: bytes.length };
      } catch {
        return undefined;
      }
    },
    async version() {
      return (await stat(folder)).mtimeMs;
    },
    remove: (name) => rm(pathOf(name), { force: true }),
    async sweep(used) {
      for (const name of await readdir(folder)) {
        const isTemporary = name.endsWith(".tmp") || (name.endsWith(".state") && !used.has(name));
        if (isTemporary && (await isAbandoned(name))) await rm(pathOf(name), { force: true });
      }
    },
  };
}

/** The name of an entry. Parts are told apart by their lengths, whatever is in them. */
export function entryName(kind: StateEntry["kind"], keyId: string, rest: string | Uint32Array): string {
  const hash = createHash("sha256").update(JSON.stringify([kind, keyId]));
  return hash.update(rest).digest("hex").slice(0, 40) + entryEnding;
}
