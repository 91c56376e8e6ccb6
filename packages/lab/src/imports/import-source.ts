import { createReadStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { WeirError } from "@weir/protocol";
import type { ImportedTool } from "./import-record.ts";

/** A file that may be another tool's. */
export interface ImportSource {
  /** Without its folder. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Its first 64 KiB. */
  readonly head: string;
  readonly changedAt: Date;
  /** All of it. Rejects with USAGE where it is too large for that. */
  readonly readText: () => Promise<string>;
  /** Line by line, however large it is. */
  readonly readLines: () => AsyncIterable<string>;
}

const headBytes = 64 * 1024;
/** A string of JavaScript holds no more. */
const mostBytes = 400 * 1024 * 1024;

/** Rejects with USAGE where it is not there or cannot be read. */
export async function openSource(file: string): Promise<ImportSource> {
  const whole = path.resolve(file);
  try {
    const { size, mtime } = await stat(whole);
    await using handle = await open(whole);
    const buffer = Buffer.alloc(Math.min(headBytes, size));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return {
      name: path.basename(whole),
      path: whole,
      head: buffer.subarray(0, bytesRead).toString("utf8"),
      changedAt: mtime,
      async readText() {
        if (size > mostBytes)
          throw refuse(
            file,
            `it has ${Math.round(size / 1e6)} MB, and at most ${mostBytes / 1e6} can be read at once`,
          );
        return await readFile(whole, "utf8");
      },
      readLines: () => createInterface({ input: createReadStream(whole, "utf8"), crlfDelay: Infinity }),
    };
  } catch (error) {
    if (error instanceof WeirError) throw error;
    throw refuse(file, error instanceof Error ? error.message : String(error), error);
  }
}

/** Another file of the same folder; undefined where there is none. */
export async function openBeside(source: ImportSource, name: string): Promise<ImportSource | undefined> {
  const file = path.join(path.dirname(source.path), name);
  return (await stat(file).catch(() => undefined))?.isFile() === true ? await openSource(file) : undefined;
}

function refuse(file: string, reason: string, cause?: unknown): WeirError {
  return new WeirError("USAGE", `${file} cannot be imported: ${reason}. Nothing was imported.`, { cause });
}

/** Why a file of a tool cannot be taken: what was expected, and what is there instead. */
export function refuseSource(
  source: ImportSource,
  tool: ImportedTool | undefined,
  problem: string,
  cause?: unknown,
): WeirError {
  const of = tool === undefined ? "" : ` as a result of ${tool}`;
  return refuse(source.path, `it cannot be read${of}: ${problem}`, cause);
}
