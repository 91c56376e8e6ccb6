import path from "node:path";
import { writeWhole, type RunFolder } from "../run/run-folder.ts";
import type { RecordHead, RecordKind } from "./record-head.ts";

/** The exact content of the run.json of any kind. */
export function encodeRecord(record: RecordHead<RecordKind, string>): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/**
 * Writes a record as the run.json of its folder, whole or not at all. Gives why it could not be written (a full disk,
 * say), undefined when it was: the figures are still to be had on the terminal.
 */
export async function writeRecord(
  folder: RunFolder,
  record: RecordHead<RecordKind, string>,
): Promise<string | undefined> {
  try {
    await writeWhole(path.join(folder.path, "run.json"), encodeRecord(record));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
