import { open, rename, rm } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { sampleColumns, type SampleFile } from "@weir/load";
import { fileWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { toColumns } from "./sample-table.ts";

const rowBytes = sampleColumns.length * 8;
/** Rows of a row group: what is in memory at a time, some 20 MB. */
const groupRows = 20_000;

export interface WrittenSamples {
  readonly rows: number;
  /** Rows that the disk was too slow for while the run went. */
  readonly dropped: number;
  /** What went wrong with the disk then; null where nothing did. */
  readonly problem: string | null;
}

/**
 * Turns the raw rows of a run into one Parquet file and deletes them. Memory does not depend on how many there are.
 * Rejects where a file cannot be read or written; the rows are then left where they are.
 * @param parts names of the workload's parts; empty where it has none
 */
export async function writeSamples(
  files: readonly SampleFile[],
  parts: readonly string[],
  parquetFile: string,
): Promise<WrittenSamples> {
  const partial = `${parquetFile}.partial`;
  try {
    // The schema is that of no rows at all: it does not depend on what the first ones happen to hold.
    const empty = toColumns(new Float64Array(0), files[0]!, parts);
    const writer = new ParquetWriter({
      writer: fileWriter(partial),
      schema: schemaFromColumnData({ columnData: empty }),
    });
    for (const file of files) await copyRows(file, parts, writer);
    await writer.finish();
    await rename(partial, parquetFile);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  for (const file of files) await rm(file.path);
  return {
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    dropped: files.reduce((sum, { dropped }) => sum + dropped, 0),
    problem: files.find(({ problem }) => problem !== undefined)?.problem ?? null,
  };
}

async function copyRows(file: SampleFile, parts: readonly string[], writer: ParquetWriter): Promise<void> {
  const handle = await open(file.path, "r");
  try {
    const block = new Float64Array(groupRows * sampleColumns.length);
    for (let done = 0; done < file.rows;) {
      const rows = Math.min(groupRows, file.rows - done);
      await readWhole(handle, new Uint8Array(block.buffer, 0, rows * rowBytes), done * rowBytes, file.path);
      const columnData = toColumns(block.subarray(0, rows * sampleColumns.length), file, parts);
      await writer.write({ columnData, rowGroupSize: groupRows });
      done += rows;
      // Encoding takes a while; whoever interrupts is heard between two groups.
      await setImmediate();
    }
  } finally {
    await handle.close();
  }
}

async function readWhole(
  handle: Awaited<ReturnType<typeof open>>,
  bytes: Uint8Array,
  from: number,
  name: string,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, from + done);
    if (bytesRead === 0)
      throw new Error(
        `${name} has become shorter: it must hold ${from + bytes.length} bytes, got ${from + done}`,
      );
    done += bytesRead;
  }
}
