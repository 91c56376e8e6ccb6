import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { resolveNodeEntry } from "../platform/node-entry.ts";

export type FileVerdict =
  | { readonly kind: "sound"; readonly entries: number }
  /** It is something else, or of another version. */
  | { readonly kind: "foreign"; readonly reason: string }
  | { readonly kind: "damaged"; readonly reason: string };

/** No disk is slower: who takes longer goes round in circles of damaged pages. */
const leastBytesPerMs = 5_000;

/** Has a cache file read from end to end, every entry's checksum included. Rejects where the signal fires. */
export async function verifyFile(path: string, signal: AbortSignal): Promise<FileVerdict> {
  const { size } = await stat(path);
  const { file, execArgv } = resolveNodeEntry(new URL("./verify-main", import.meta.url));
  const child = spawn(process.execPath, [...execArgv, file, path], {
    stdio: ["ignore", "pipe", "ignore"],
    signal: AbortSignal.any([signal, AbortSignal.timeout(60_000 + Math.ceil(size / leastBytesPerMs))]),
    killSignal: "SIGKILL",
  });
  const printed = text(child.stdout);
  try {
    const [code, killedBy] = (await once(child, "exit")) as [number | null, string | null];
    const said = await printed;
    if (code === 0 && said !== "") return JSON.parse(said) as FileVerdict;
    return { kind: "damaged", reason: `reading it ended the process that read it (${killedBy ?? code})` };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "damaged", reason: `it cannot be read to its end: ${(error as Error).message}` };
  }
}
