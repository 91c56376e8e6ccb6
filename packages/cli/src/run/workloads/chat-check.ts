import type { ChunkCheck } from "@weir/load";
import type { FlagReader } from "../../flags/flag-reader.ts";

/** Reads `chunks>2` or `chunks >= 3`. What is wrong is noted. */
export function parseCheck(
  given: string | undefined,
  stream: boolean,
  read: FlagReader,
): ChunkCheck | undefined {
  if (given === undefined) return undefined;
  const [, comparison, chunks] = /^\s*chunks\s*(>=?)\s*(\d+)\s*$/.exec(given) ?? [];
  if (chunks === undefined) {
    read.note(
      `--check: expected a condition on the chunks of a stream such as "chunks>2" or "chunks>=3", got ${JSON.stringify(given)}.`,
    );
    return undefined;
  }
  if (!stream)
    read.note("--check and --no-stream exclude each other: an answer that comes whole has no chunks.");
  return { comparison: comparison === ">" ? ">" : ">=", chunks: Number(chunks) };
}
