import { parseHttpTarget } from "@weir/load";
import { WeirError } from "@weir/protocol";
import { findListeners } from "../platform/listening-processes.ts";
import { listProcessTree, readProcess, type ProcessReading } from "../platform/process-files.ts";
import type { RecordedProcess } from "./server-record.ts";
import { TreeTotals, type TreeReading } from "./tree-totals.ts";

/** The processes of a server, and how they were found. */
export interface FoundProcesses {
  readonly roots: readonly number[];
  readonly source: RecordedProcess["source"];
}

/** What only passes connections on: its figures say nothing of the server behind. */
const forwarders = new Set([
  "docker-proxy",
  "rootlessport",
  "slirp4netns",
  "pasta",
  "ssh",
  "sshd",
  "kubectl",
  "socat",
]);

/**
 * Finds the processes behind a URL, where they are on this machine: those that listen there, or the one that is given.
 * Throws USAGE where that one does not run.
 */
export async function findServerProcesses(
  url: string,
  given: number | undefined,
): Promise<{ readonly found: FoundProcesses | undefined; readonly note: string | undefined }> {
  if (given !== undefined) return { found: { roots: [given], source: "given" }, note: checkGiven(given) };
  const target = parseHttpTarget(url);
  const where = target.socketPath ?? `port ${target.port}`;
  const listeners = await findListeners(target);
  if (listeners.kind === "unknown") return { found: undefined, note: undefined };
  if (listeners.kind === "hidden")
    return {
      found: undefined,
      note: `what listens on ${where} belongs to another user or is in a container: --server-pid PID says which process it is.`,
    };
  const name = readProcess(listeners.pids[0]!)?.name ?? "";
  if (forwarders.has(name))
    return {
      found: undefined,
      note: `${name} listens on ${where}, which only passes connections on: --server-pid PID says which process the server is.`,
    };
  const source = target.socketPath === undefined ? "listening on port" : "listening on socket";
  const note = listeners.pids.includes(process.pid)
    ? "the server runs in the process that made the load: its figures have both."
    : undefined;
  return { found: { roots: listeners.pids, source }, note };
}

function checkGiven(pid: number): string | undefined {
  if (process.platform !== "linux") return "figures of processes can be had on Linux only.";
  if (readProcess(pid) === undefined)
    throw new WeirError("USAGE", `--server-pid: expected a process that runs on this machine, got ${pid}.`);
  return undefined;
}

// Who belongs to the tree is looked up when one of them has gone, and so often: rarely where there are many processes to
// look through, so that it takes a thousandth of the time.
const listEveryMs = { least: 5000, most: 60_000 };
const listShare = 1 / 1000;

/** Reads a server's processes when it is told to. A reading of one process takes about a tenth of a millisecond. */
export class ProcessTree {
  readonly found: FoundProcesses;
  readonly #totals = new TreeTotals();
  #pids: readonly number[] = [];
  #listAtMs = -Infinity;

  constructor(found: FoundProcesses) {
    this.found = found;
  }

  get pids(): readonly number[] {
    return this.#pids;
  }

  /** Of its first process. */
  get name(): string {
    return readProcess(this.found.roots[0]!)?.name ?? "";
  }

  /** Undefined where none of them runs any more. */
  read(atMs: number): TreeReading | undefined {
    if (atMs >= this.#listAtMs) this.#list(atMs);
    let processes = this.#readAll();
    if (processes.length < this.#pids.length) {
      this.#list(atMs);
      processes = this.#readAll();
    }
    return processes.length === 0 ? undefined : this.#totals.add(atMs, processes);
  }

  #readAll(): ProcessReading[] {
    return this.#pids.map(readProcess).filter((one) => one !== undefined);
  }

  #list(atMs: number): void {
    const { roots } = this.found;
    const beganMs = performance.now();
    const tree = listProcessTree(...roots);
    // What started the program that loads it, a test of its own say, is a server all the same: without that program.
    const startedLoad = tree.includes(process.pid) && !roots.includes(process.pid);
    const own = new Set(startedLoad ? listProcessTree(process.pid) : []);
    this.#pids = tree.filter((pid) => !own.has(pid));
    const tookMs = performance.now() - beganMs;
    this.#listAtMs = atMs + Math.min(listEveryMs.most, Math.max(listEveryMs.least, tookMs / listShare));
  }
}
