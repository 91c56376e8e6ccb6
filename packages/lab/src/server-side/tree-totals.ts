import type { ProcessReading } from "../platform/process-files.ts";

/** A server's processes together, at one moment. What is counted is counted from the first reading on. */
export interface TreeReading {
  readonly atMs: number;
  readonly processes: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly threads: number;
  /** The next three are null where they are not known of every process. */
  readonly openFiles: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWrittenBytes: number | null;
}

type Counted = Pick<ProcessReading, "cpuMs" | "diskReadBytes" | "diskWrittenBytes">;

/**
 * Adds up the processes of a tree, of which some end and others begin: what one has used stays counted when it has
 * ended, up to the last reading of it.
 */
export class TreeTotals {
  readonly #last = new Map<number, ProcessReading>();
  #cpuMs = 0;
  #diskReadBytes: number | null = 0;
  #diskWrittenBytes: number | null = 0;
  #isFirst = true;

  add(atMs: number, processes: readonly ProcessReading[]): TreeReading {
    for (const process of processes) {
      const before = this.#last.get(process.pid);
      // What was there at first has used its time before the measurement; what comes later, within it.
      if (!this.#isFirst) this.#count(process, before?.startedAt === process.startedAt ? before : nothingYet);
      this.#last.set(process.pid, process);
    }
    this.#isFirst = false;
    return {
      atMs,
      processes: processes.length,
      cpuMs: this.#cpuMs,
      rssBytes: sum(processes, (one) => one.rssBytes) ?? 0,
      threads: sum(processes, (one) => one.threads) ?? 0,
      openFiles: sum(processes, (one) => one.openFiles),
      diskReadBytes: sum(processes, (one) => one.diskReadBytes) === null ? null : this.#diskReadBytes,
      diskWrittenBytes:
        sum(processes, (one) => one.diskWrittenBytes) === null ? null : this.#diskWrittenBytes,
    };
  }

  #count(now: Counted, before: Counted): void {
    this.#cpuMs += Math.max(0, now.cpuMs - before.cpuMs);
    this.#diskReadBytes = plus(this.#diskReadBytes, now.diskReadBytes, before.diskReadBytes);
    this.#diskWrittenBytes = plus(this.#diskWrittenBytes, now.diskWrittenBytes, before.diskWrittenBytes);
  }
}

const nothingYet: Counted = { cpuMs: 0, diskReadBytes: 0, diskWrittenBytes: 0 };

function plus(total: number | null, now: number | null, before: number | null): number | null {
  return total === null || now === null || before === null ? null : total + Math.max(0, now - before);
}

function sum(
  processes: readonly ProcessReading[],
  read: (process: ProcessReading) => number | null,
): number | null {
  return processes.reduce<number | null>((total, process) => {
    const value = read(process);
    return total === null || value === null ? null : total + value;
  }, 0);
}
