import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { residentBytes } from "./cpu-time.ts";

/** A process and all that it started, itself first; alone where the system has no /proc. */
export function listProcessTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of listProcesses()) {
    const parent = readParent(entry);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), entry]);
  }
  const tree = [pid];
  for (const each of tree) tree.push(...(children.get(each) ?? []));
  return tree;
}

function listProcesses(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function readParent(pid: number): number | undefined {
  const parent = readStat(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** What the system says of a process, from its state and its parent on. */
function readStat(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold blanks.
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Memory that a process and its children hold, in bytes; pages that they share count for each. NaN without /proc. */
export function treeResidentBytes(pid: number): number {
  const held = listProcessTree(pid).map(residentBytes);
  // One that has just ended holds nothing.
  return Number.isNaN(held[0]) ? Number.NaN : held.reduce((sum, bytes) => sum + (bytes || 0), 0);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends all that a process has started, and what those have, and returns when they have gone, without an event loop. */
export function endProcessesBelow(pid: number): void {
  // The terminal has sent Ctrl-C to all of them: some are about to clear up after themselves.
  const steps = [
    [undefined, 500],
    ["SIGTERM", 2_000],
    ["SIGKILL", 2_000],
  ] as const;
  for (const [signal, withinMs] of steps) {
    const left = listProcessTree(pid).slice(1).filter(holdsFiles);
    if (signal !== undefined) for (const each of left) sendSignal(each, signal);
    const untilMs = performance.now() + withinMs;
    while (left.some(holdsFiles)) {
      if (performance.now() > untilMs) break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

/** Whether it runs; one that has ended but that its parent has not heard of does not. */
function holdsFiles(pid: number): boolean {
  return !["Z", "X", undefined].includes(readStat(pid)?.[0]);
}

/** Waits until all of them are gone, and gives those that are still there when the time is over. */
export async function untilGone(pids: readonly number[], withinMs: number): Promise<readonly number[]> {
  const untilMs = performance.now() + withinMs;
  let left = pids.filter(isRunning);
  while (left.length > 0 && performance.now() < untilMs) {
    await delay(5);
    left = left.filter(isRunning);
  }
  return left;
}

/** Looks at a tree's memory every so often until it is disposed of. */
export class MemoryWatch implements Disposable {
  readonly samples: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number, everyMs = 250) {
    const look = (): void => void this.samples.push(treeResidentBytes(pid));
    look();
    this.#timer = setInterval(look, everyMs);
  }

  /** NaN where the system does not say. */
  get mostBytes(): number {
    return Math.max(...this.samples);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

export function describeMb(bytes: number): string {
  return Number.isNaN(bytes) ? "memory cannot be read here" : `${(bytes / 1e6).toFixed(0)} MB`;
}
