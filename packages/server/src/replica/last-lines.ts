import { stripVTControlCharacters } from "node:util";

/**
 * Keeps the last lines of a process's output, for the error that tells how it died. Colours are taken out, which native
 * libraries print on no terminal either, and lines of nothing else are dropped.
 */
export interface LastLines {
  push(chunk: Uint8Array): void;
  /** Oldest first, an unfinished last line included. */
  lines(): readonly string[];
}

/** A line longer than this is cut: a process that prints binary must not fill our memory. */
const longestLine = 4_000;

export function createLastLines(keep: number, onLine?: (line: string) => void): LastLines {
  const kept: string[] = [];
  const decoder = new TextDecoder();
  let partial = "";

  return {
    push(chunk) {
      const parts = (partial + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
      partial = parts.pop()!.slice(-longestLine);
      for (const part of parts) {
        const line = toLine(part);
        if (line === "") continue;
        kept.push(line);
        onLine?.(line);
      }
      kept.splice(0, kept.length - keep);
    },
    lines() {
      const last = toLine(partial);
      return last === "" ? [...kept] : [...kept, last];
    },
  };
}

function toLine(text: string): string {
  return stripVTControlCharacters(text).trimEnd().slice(0, longestLine);
}
