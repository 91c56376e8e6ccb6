import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "./writer-process.ts";

/**
 * States beside ours that nobody can go on with as things are: of a model, settings or an engine that were there before. They
 * are kept as long as the budget has room, since settings may come back.
 */
export interface OtherStates {
  /** What they take, as far as is known. */
  readonly bytes: number;
  /** Removes those that were changed longest ago and belong to nobody who lives. Returns whether there were any. */
  removeOldest(nowMs: number): Promise<boolean>;
}

interface OtherFolder {
  readonly path: string;
  readonly names: readonly string[];
  readonly bytes: number;
  readonly changedAtMs: number;
}

/** A process of another machine or container looks dead from here: what changed lately is its own. */
const settledMs = 3_600_000;

const folderPattern = /^[0-9a-f]{32}$/;
const statePattern = /^(\d+)-[0-9a-f]+-[0-9a-z]+\.(?:state|tmp)$/;
const entryPattern = /^[0-9a-f]{40}\.entry$/;

/**
 * Looks at every folder in `directory` that is named as ours are but for `own`, and has nothing in it but what we write. What
 * cannot be read is left alone.
 */
export async function findOtherStates(directory: string, own: string): Promise<OtherStates> {
  const names = await readdir(directory).catch(() => []);
  const others = names.filter((name) => name !== own && folderPattern.test(name));
  const found = await Promise.all(others.map((name) => look(join(directory, name))));
  const folders = found
    .filter((folder) => folder !== undefined)
    .toSorted((a, b) => a.changedAtMs - b.changedAtMs);
  return {
    get bytes() {
      return folders.reduce((sum, { bytes }) => sum + bytes, 0);
    },
    async removeOldest(nowMs) {
      const [oldest] = folders;
      if (oldest === undefined || nowMs - oldest.changedAtMs < settledMs) return false;
      folders.shift();
      // Somebody may have begun to use it since.
      const now = await look(oldest.path);
      if (now?.changedAtMs !== oldest.changedAtMs) return folders.length > 0;
      // Entries first: one without its state would be a lie. The folder itself stays for who may have it open.
      const isEntry = (name: string): boolean => entryPattern.test(name);
      const entriesFirst = now.names.toSorted((a, b) => Number(isEntry(b)) - Number(isEntry(a)));
      // What cannot be removed is none of ours.
      for (const name of entriesFirst)
        await rm(join(oldest.path, name), { force: true }).catch(() => undefined);
      return true;
    },
  };
}

/** Undefined where there is nothing, or where one of its writers lives. */
async function look(path: string): Promise<OtherFolder | undefined> {
  try {
    const names = await readdir(path);
    const isAbandoned = (name: string): boolean => {
      const writer = statePattern.exec(name)?.[1];
      return writer === undefined ? entryPattern.test(name) : !isAlive(Number(writer));
    };
    if (names.length === 0 || !names.every(isAbandoned)) return undefined;
    const files = await Promise.all(names.map((name) => stat(join(path, name))));
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return { path, names, bytes, changedAtMs: Math.max(...files.map(({ mtimeMs }) => mtimeMs)) };
  } catch {
    return undefined;
  }
}
