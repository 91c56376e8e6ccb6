import { mkdir, readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { WeirError } from "@weir/protocol";

const stagingMark = ".pulling-";
const lockName = ".weir-lock";

/** Where a model's files gather until it is whole. One process at a time has it; it outlives an interruption. */
export interface StagingFolder extends AsyncDisposable {
  readonly path: string;
  /** Moves it to its place, over what is there and not whole. */
  readonly moveTo: (path: string) => Promise<void>;
}

/** Throws USAGE where another process has it. */
export async function openStagingFolder(modelsDirectory: string, name: string): Promise<StagingFolder> {
  const path = join(modelsDirectory, stagingMark + name);
  const lock = join(path, lockName);
  await mkdir(path, { recursive: true });
  await takeLock(lock, name);
  let moved = false;
  return {
    path,
    async moveTo(target) {
      await rm(lock, { force: true });
      for (let attempt = 1; ; attempt++) {
        try {
          await rename(path, target);
          break;
        } catch (error) {
          if (attempt === 3) throw error;
          await rm(target, { recursive: true, force: true });
        }
      }
      moved = true;
    },
    async [Symbol.asyncDispose]() {
      if (!moved) await rm(lock, { force: true });
    },
  };
}

/** Who has not gone on with an interrupted pull for so long will not. */
const staleAfterMs = 7 * 24 * 60 * 60 * 1000;

/** Removes what interrupted pulls left a long time ago. */
export async function removeStale(modelsDirectory: string): Promise<void> {
  for (const entry of await readdir(modelsDirectory)) {
    if (!entry.startsWith(stagingMark)) continue;
    const path = join(modelsDirectory, entry);
    const touchedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - touchedMs < staleAfterMs || (await findHolder(join(path, lockName))) !== undefined)
      continue;
    await rm(path, { recursive: true, force: true });
  }
}

async function takeLock(lock: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await writeFile(lock, `${process.pid} ${hostname()}`, { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = await findHolder(lock);
      if (holder !== undefined || attempt === 3) {
        const message = `expected nobody else to pull ${name}, got ${holder ?? "another process"}. Wait for it; if there is none, remove ${lock}.`;
        throw new WeirError("USAGE", message, { cause: error });
      }
      await rm(lock, { force: true });
    }
  }
}

/** Who has a lock; undefined where nobody has, or who had it is gone. */
async function findHolder(lock: string): Promise<string | undefined> {
  const text = await readFile(lock, "utf8").catch(() => undefined);
  const [, pid, host] = /^(\d+) (.+)$/s.exec(text ?? "") ?? [];
  if (pid === undefined) return undefined;
  // A folder that machines share: nothing is known of the others' processes.
  if (host !== hostname()) return `process ${pid} of ${host}`;
  try {
    process.kill(Number(pid), 0);
    return `process ${pid}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? `process ${pid}` : undefined;
  }
}

/** Room that a disk keeps beside what is downloaded: a full one breaks more than a pull. */
const spareBytes = 64 * 1024 * 1024;

/** Throws CACHE_UNUSABLE where the files do not fit. */
export async function checkRoom(directory: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  if (neededBytes + spareBytes <= freeBytes) return;
  const message = `${directory}: expected room for ${toMegabytes(neededBytes)} MB and ${toMegabytes(spareBytes)} to spare, got ${toMegabytes(freeBytes)}.`;
  throw new WeirError("CACHE_UNUSABLE", message);
}

/** An error of the file system that its owner can mend, as such; others as they are. */
export function toCacheError(error: unknown, directory: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (
    error instanceof WeirError ||
    !/^(ENOSPC|EDQUOT|EACCES|EPERM|EROFS|ENOTDIR|EIO|EFBIG)$/.test(code ?? "")
  )
    return error;
  return new WeirError("CACHE_UNUSABLE", `${directory}: expected to write there, got ${message}.`, {
    cause: error,
  });
}

function toMegabytes(bytes: number): string {
  return Math.ceil(bytes / 1e6).toLocaleString("en-US");
}
