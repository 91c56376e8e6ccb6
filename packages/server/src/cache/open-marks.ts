import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isProcessAlive } from "../platform/process-tree.ts";

/**
 * Who has a file open, as small files beside it. Whoever closes it last, with nobody killed meanwhile, leaves a note of how
 * the file was then: where the next one finds it so, nothing has happened to it.
 */
export interface OpenMarks {
  /** Whether the file is as it was left by a close in order. */
  readonly isAsLeft: boolean;
  /** To be called when the file is closed here. */
  release(): Promise<void>;
}

export async function markOpen(path: string): Promise<OpenMarks> {
  const note = `${path}.closed`;
  const others = await listMarks(path);
  const left = await readFile(note, "utf8").catch(() => undefined);
  const isAsLeft = others.length === 0 && left !== undefined && left === (await describeFile(path));
  for (const mark of others.filter(({ isAlive }) => !isAlive)) await rm(mark.path, { force: true });
  // From now on it is being written, whatever comes.
  await rm(note, { force: true });
  const own = `${path}.open-${process.pid}-${randomUUID().slice(0, 8)}`;
  await writeFile(own, "");
  return {
    isAsLeft,
    async release() {
      const marks = await listMarks(path);
      await rm(own, { force: true });
      if (marks.some((mark) => mark.path !== own)) return;
      const now = await describeFile(path);
      if (now !== undefined) await writeFile(note, now);
    },
  };
}

async function listMarks(path: string): Promise<{ path: string; isAlive: boolean }[]> {
  const start = `${basename(path)}.open-`;
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((name) => name.startsWith(start))
    .map((name) => ({
      path: join(dirname(path), name),
      isAlive: isProcessAlive(Number.parseInt(name.slice(start.length), 10)),
    }));
}

async function describeFile(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? undefined : `${found.ino} ${found.size} ${found.mtimeNs}\n`;
}
