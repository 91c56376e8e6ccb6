import type { Readable } from "node:stream";

/** A line longer than this is cut: a process that prints binary must not fill our memory. */
const longestLine = 4_000;

/** Calls back with each line of a process's output, an unfinished last one included, without its line end. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new TextDecoder();
  let partial = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (partial + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    partial = lines.pop()!.slice(0, longestLine);
    for (const line of lines) onLine(line.slice(0, longestLine));
  });
  stream.on("end", () => {
    if (partial !== "") onLine(partial);
  });
  // A pipe that breaks ends the process at its other end, which is reported there.
  stream.on("error", () => {});
}
