import { open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import type { RequestClocks, RequestOutcome } from "../recording/request-clocks.ts";
import { sampleColumns, writeSampleRow } from "./sample-row.ts";

/** A file of rows that one worker wrote. */
export interface SampleFile {
  /** Absolute. Rows of {@link sampleColumns}, one after the other. */
  readonly path: string;
  readonly worker: number;
  readonly rows: number;
  /** Rows that are not in the file, because the disk could not keep up or failed. */
  readonly dropped: number;
  /** What went wrong with the disk; undefined where nothing did. */
  readonly problem: string | undefined;
  /** The names that `failure` of a row counts through. */
  readonly failures: readonly string[];
}

const rowsPerBlock = 2048;
const blocks = 6;

/**
 * Keeps a row for every attempt of every request. Rows are written into blocks that are made once and go to the file
 * whole, so memory is the same (2.4 MiB) however long a run is. Where the disk is slower than the rows come, rows are
 * dropped and counted: a request never waits for the disk.
 */
export class SampleSpool {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #worker: number;
  readonly #free: Float64Array<ArrayBuffer>[];
  readonly #failures = new Map<string, number>();
  #block: Float64Array<ArrayBuffer> | undefined;
  #rowsInBlock = 0;
  #writing: Promise<void> = Promise.resolve();
  #rows = 0;
  #dropped = 0;
  #problem: string | undefined;

  private constructor(file: FileHandle, filePath: string, worker: number) {
    this.#file = file;
    this.#path = filePath;
    this.#worker = worker;
    this.#free = Array.from({ length: blocks }, () => new Float64Array(rowsPerBlock * sampleColumns.length));
  }

  /** Makes the file of one worker. Rejects where it cannot be made. */
  static async create(directory: string, worker: number): Promise<SampleSpool> {
    const filePath = path.resolve(directory, `samples-${worker}.spool`);
    return new SampleSpool(await open(filePath, "wx"), filePath, worker);
  }

  /** @param startMs `performance.now()` of the run's start */
  add(clocks: RequestClocks, outcome: RequestOutcome, inWindow: boolean, startMs: number): void {
    this.#block ??= this.#problem === undefined ? this.#free.pop() : undefined;
    if (this.#block === undefined) {
      this.#dropped += 1;
      return;
    }
    const failure = outcome.kind === "failed" ? this.#failureOf(outcome.failure) : Number.NaN;
    writeSampleRow(this.#block, this.#rowsInBlock * sampleColumns.length, {
      startMs,
      inWindow,
      clocks,
      outcome,
      failure,
    });
    this.#rowsInBlock += 1;
    if (this.#rowsInBlock === rowsPerBlock) this.#flush();
  }

  /** Writes what is left and closes the file. Never rejects: what could not be written is counted. */
  async finish(): Promise<SampleFile> {
    this.#flush();
    await this.#writing;
    try {
      await this.#file.close();
    } catch (error) {
      this.#problem ??= messageOf(error);
    }
    return {
      path: this.#path,
      worker: this.#worker,
      rows: this.#rows,
      dropped: this.#dropped,
      problem: this.#problem,
      failures: [...this.#failures.keys()],
    };
  }

  #flush(): void {
    const block = this.#block;
    const rows = this.#rowsInBlock;
    this.#block = undefined;
    this.#rowsInBlock = 0;
    if (block !== undefined && rows > 0) this.#writing = this.#writing.then(() => this.#write(block, rows));
  }

  async #write(block: Float64Array<ArrayBuffer>, rows: number): Promise<void> {
    try {
      if (this.#problem === undefined) await this.#writeWhole(block, rows);
      else this.#dropped += rows;
    } catch (error) {
      this.#problem = messageOf(error);
      this.#dropped += rows;
    }
    this.#free.push(block);
  }

  async #writeWhole(block: Float64Array<ArrayBuffer>, rows: number): Promise<void> {
    const rowBytes = sampleColumns.length * 8;
    const bytes = new Uint8Array(block.buffer, 0, rows * rowBytes);
    const from = this.#rows * rowBytes;
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, from + done);
      done += bytesWritten;
    }
    this.#rows += rows;
  }

  #failureOf(kind: string): number {
    const known = this.#failures.get(kind);
    if (known !== undefined) return known;
    const place = this.#failures.size;
    this.#failures.set(kind, place);
    return place;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
