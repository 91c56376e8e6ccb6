import { constants, type Stats } from "node:fs";
import { lstat, open, readlink, realpath, stat, type FileHandle } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { WeirError } from "@weir/protocol";

// A link that took the file's place is not followed, and a pipe that did is not waited for. Windows has neither flag.
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file below one of the allowed roots; closing it is the caller's. A relative path counts from the first root.
 * Throws FORBIDDEN for anything outside, through `..` or a symlink too, without telling whether it exists. Who can write
 * below a root may change what a path means at any time, so it is what was opened that is checked, not the path.
 */
export async function openAllowedFile(path: string, roots: readonly string[]): Promise<FileHandle> {
  const first = roots[0];
  if (first === undefined) {
    throw new WeirError(
      "FORBIDDEN",
      "this server may not read files; the operator can allow a folder with --allow-root DIR",
    );
  }
  if (path.includes("\0"))
    throw invalid("path: expected the name of a file, got one with a NUL character. Leave it out.");
  const asked = resolve(first, path);
  if (!isInside(asked, roots)) throw outside(path);
  let file: FileHandle;
  try {
    const real = await realpath(asked);
    if (!isInside(real, roots)) throw outside(path);
    file = await open(real, openFlags);
  } catch (error) {
    if (error instanceof WeirError) throw error;
    if (!(await isPlaceInside(asked, roots))) throw outside(path);
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    throw invalid(`path ${JSON.stringify(path)} cannot be read (${code})`, error);
  }
  try {
    const stats = await file.stat();
    if (!isInside(await findOpened(file, stats, asked), roots)) throw outside(path);
    if (!stats.isFile()) throw invalid(`path ${JSON.stringify(path)} is not a file. Name one that has text.`);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function outside(path: string): WeirError {
  const message = `path ${JSON.stringify(path)} is outside the allowed roots`;
  return new WeirError("FORBIDDEN", message, { field: "path" });
}

function invalid(message: string, cause?: unknown): WeirError {
  return new WeirError("INVALID_REQUEST", message, { field: "path", cause });
}

/** Where the opened file lies; empty where that cannot be known. */
async function findOpened(file: FileHandle, opened: Stats, asked: string): Promise<string> {
  // Linux knows where each descriptor leads. Elsewhere the path has to lead to the same file still.
  const known = await readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined);
  if (known !== undefined) return known;
  try {
    const real = await realpath(asked);
    const { dev, ino } = await stat(real);
    return dev === opened.dev && ino === opened.ino ? real : "";
  } catch {
    return "";
  }
}

/** Whether the nearest part of a path that exists is inside: only there may a client learn what exists. */
async function isPlaceInside(path: string, roots: readonly string[]): Promise<boolean> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return isInside(real, roots);
  // A link that leads nowhere would tell what is missing at its other end.
  if (await lstat(path).catch(() => undefined)) return false;
  const parent = dirname(path);
  return parent !== path && isPlaceInside(parent, roots);
}

function isInside(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => {
    const rest = relative(root, path);
    return rest !== ".." && !rest.startsWith(`..${sep}`) && resolve(root, rest) === path;
  });
}
