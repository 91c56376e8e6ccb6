import { freemem, totalmem } from "node:os";
import { chooseHotLimit } from "./hot-limit.ts";

export interface MemoryPressureOptions {
  readonly sequences: number;
  readonly kvBytes: number;
  readonly ramBytes: number | undefined;
  /** Called when another number of sequences should hold conversations. */
  readonly onLimit: (count: number) => void;
  /** @default 5_000 */
  readonly everyMs?: number;
  /** @default what the machine or the container says */
  readonly read?: () => { readonly totalBytes: number; readonly availableBytes: number };
}

/** Looks at the machine's memory now and then until it is disposed. It keeps no process alive. */
export function watchMemoryPressure(options: MemoryPressureOptions): Disposable {
  const { sequences, kvBytes, ramBytes, read = readMemory } = options;
  let current = sequences;
  const look = (): void => {
    const next = chooseHotLimit({ sequences, kvBytes, ramBytes, current, ...read() });
    if (next === current) return;
    current = next;
    options.onLimit(next);
  };
  look();
  const timer = setInterval(look, options.everyMs ?? 5_000);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** A container's limit counts where it is below what the machine has. */
function readMemory(): { readonly totalBytes: number; readonly availableBytes: number } {
  const constrained = process.constrainedMemory();
  const isConstrained = constrained > 0 && constrained < totalmem();
  return isConstrained
    ? { totalBytes: constrained, availableBytes: Math.min(process.availableMemory(), freemem()) }
    : { totalBytes: totalmem(), availableBytes: freemem() };
}
