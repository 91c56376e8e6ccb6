import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isProcessAlive } from "../platform/process-tree.ts";

/** Payloads above this many bytes travel as files: the pipe stays short, and nobody holds a second copy. */
export const spillLimitBytes: number = 8 * 1024 * 1024;

const namePattern = /^weir-link-(\d+)-/;

/** A private folder (mode 0700), of a server or of one of its replicas. */
export interface SpillDirectory extends AsyncDisposable {
  readonly path: string;
}

export async function createSpillDirectory(root: string = tmpdir()): Promise<SpillDirectory> {
  // mkdtemp makes the folder with mode 0700.
  return toDirectory(await mkdtemp(join(root, `weir-link-${process.pid}-`)));
}

/**
 * A folder of one replica within the server's, so that what it leaves unread goes with it. The server's own is made anew where
 * somebody swept it away. Where none can be made (a full disk), what cannot be written there travels in the pipe.
 */
export async function createReplicaSpillDirectory(serverDirectory: string): Promise<SpillDirectory> {
  try {
    await mkdir(serverDirectory, { recursive: true, mode: 0o700 });
    return toDirectory(await mkdtemp(join(serverDirectory, "replica-")));
  } catch {
    return toDirectory(join(serverDirectory, "replica-none"));
  }
}

/** Removes the folders of servers that are gone without having cleaned up (power cut, kill -9). */
export async function sweepSpillDirectories(root: string = tmpdir()): Promise<string[]> {
  const swept: string[] = [];
  for (const name of await readdir(root)) {
    const pid = namePattern.exec(name)?.[1];
    if (pid === undefined || isProcessAlive(Number(pid))) continue;
    const path = join(root, name);
    try {
      await rm(path, { recursive: true });
      swept.push(path);
    } catch {
      // Another user's folder: it is theirs to sweep.
    }
  }
  return swept;
}

/** Writes a payload to a new file (mode 0600) and returns its path. */
export async function writeSpillFile(directory: string, body: Uint8Array): Promise<string> {
  const path = join(directory, randomUUID());
  await writeFile(path, body, { flag: "wx", mode: 0o600 });
  return path;
}

/** Reads a payload and removes its file, which belongs to whoever reads it. */
export async function takeSpillFile(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  await rm(path, { force: true });
  return bytes;
}

function toDirectory(path: string): SpillDirectory {
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}
