import { freemem, totalmem } from "node:os";
import type { Check } from "@weir/lab";

export interface MemoryReading {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** What a container's limit allows; undefined for no limit. */
  readonly limitBytes: number | undefined;
}

/** Enough for the process, the runtime and a model of MiniLM's size with some batches in flight. */
const leastBytes = 1024 ** 3;

export function readMemory(): MemoryReading {
  const totalBytes = totalmem();
  // Without a limit it is 0 or a number near 2^64, depending on the system.
  const limitBytes = process.constrainedMemory();
  return {
    totalBytes,
    freeBytes: freemem(),
    limitBytes: limitBytes > 0 && limitBytes < totalBytes ? limitBytes : undefined,
  };
}

export function checkMemory({ totalBytes, freeBytes, limitBytes }: MemoryReading): Check {
  const name = "memory";
  const limit = limitBytes === undefined ? "" : `, the container may use ${toGiB(limitBytes)}`;
  const detail = `${toGiB(totalBytes)}, ${toGiB(freeBytes)} free${limit}`;
  if (Math.min(totalBytes, limitBytes ?? totalBytes) < leastBytes) {
    const fix = `Give it at least ${toGiB(leastBytes)}, or serve a smaller model.`;
    return { name, state: "fail", detail, fix };
  }
  if (Math.min(freeBytes, limitBytes ?? freeBytes) < leastBytes) {
    const fix = "End other programs before you load a model or measure: swapping spoils both.";
    return { name, state: "warn", detail, fix };
  }
  return { name, state: "ok", detail };
}

function toGiB(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
