import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { DiskDatabase } from "./disk-database.ts";
import { readUsage } from "./disk-usage.ts";
import { schemaKey, schemaText } from "./entry-format.ts";
import { markOpen } from "./open-marks.ts";
import { verifyFile } from "./verify-file.ts";

export const diskFileName = "embeddings.mdb";

export type DiskFileEvent =
  | { readonly kind: "opened"; readonly path: string; readonly entries: number }
  /** It could not be trusted. `movedTo` is where it is now; undefined where it was only too large, and was removed. */
  | {
      readonly kind: "set-aside";
      readonly path: string;
      readonly movedTo: string | undefined;
      readonly reason: string;
    };

export interface DiskFile extends AsyncDisposable {
  readonly path: string;
  readonly database: DiskDatabase;
  /** Moves the file aside, for others that have it open too: they go on with what they have. Closes it here. */
  setAside(reason: string): Promise<void>;
}

export interface DiskFileOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly onEvent: (event: DiskFileEvent) => void;
}

/**
 * Opens the cache's file, or begins a new one. One that was not closed in order, or changed since, is read whole first; what
 * is not sound then is moved aside. Rejects where files cannot be written, or the signal fires.
 */
export async function openDiskFile(options: DiskFileOptions, signal: AbortSignal): Promise<DiskFile> {
  const { directory, maxBytes, onEvent } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, diskFileName);
  const marks = await markOpen(path);
  try {
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) {
      const verdict = marks.isAsLeft || found.size === 0 ? undefined : await verifyFile(path, signal);
      if (verdict !== undefined && verdict.kind !== "sound") {
        await moveAside(path, found.ino, verdict.reason, onEvent);
      } else if (found.size > maxBytes) {
        await removeFile(path);
        onEvent({
          kind: "set-aside",
          path,
          movedTo: undefined,
          reason: `it is larger than ${maxBytes} bytes`,
        });
      }
    }
    signal.throwIfAborted();
    const database = await openDatabase(path);
    const { ino } = await stat(path);
    onEvent({ kind: "opened", path, entries: readUsage(database).entries });
    return {
      path,
      database,
      async setAside(reason) {
        await database.close();
        await marks.release();
        await moveAside(path, ino, reason, onEvent);
      },
      async [Symbol.asyncDispose]() {
        await database.close();
        await marks.release();
      },
    };
  } catch (error) {
    await marks.release();
    throw error;
  }
}

async function openDatabase(path: string): Promise<DiskDatabase> {
  // Loaded here: a server without a file does not need it.
  const { open } = await import("lmdb");
  // What lies beside a vector in the file has nothing to do with it; the types leave that option out.
  const options = { path, encoding: "binary", keyEncoding: "binary", maxDbs: 1, noReadAhead: true } as const;
  const database: DiskDatabase = open<Buffer, Buffer>(options);
  if (database.getBinary(schemaKey) === undefined) database.putSync(schemaKey, Buffer.from(schemaText));
  return database;
}

/** Only the file that was looked at: another process may have put a new one in its place meanwhile. */
async function moveAside(
  path: string,
  inode: number,
  reason: string,
  onEvent: DiskFileOptions["onEvent"],
): Promise<void> {
  const now = await stat(path).catch(() => undefined);
  if (now?.ino !== inode) return;
  await removeOlder(path);
  const movedTo = `${path}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  await rename(path, movedTo);
  await rm(`${path}-lock`, { force: true });
  onEvent({ kind: "set-aside", path, movedTo, reason });
}

/** One is kept, for whoever wants to know what happened; more of them would only fill the disk. */
async function removeOlder(path: string): Promise<void> {
  const start = `${basename(path)}.damaged-`;
  for (const name of await readdir(dirname(path)))
    if (name.startsWith(start)) await rm(join(dirname(path), name), { force: true });
}

async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}-lock`, { force: true });
}
