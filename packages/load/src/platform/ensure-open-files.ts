import { spawnSync } from "node:child_process";
import { WeirError } from "@weir/protocol";
import { readOpenFilesLimit, type OpenFilesLimit } from "./open-files.ts";

/** What Node, the run's folder and the threads have open beside the connections. */
const spareFiles = 64;

export interface OpenFilesSystem {
  read(): OpenFilesLimit;
  /** Tries to raise the limit of this process; whether it worked is read anew. */
  raise(files: number): void;
}

const thisProcess: OpenFilesSystem = { read: readOpenFilesLimit, raise: raiseWithPrlimit };

/**
 * Makes sure that so many connections can be open at a time, before the first of them is: raises the limit where the
 * system lets this process do that, and otherwise throws USAGE with what to type.
 */
export function ensureOpenFiles(connections: number, system: OpenFilesSystem = thisProcess): void {
  const needed = connections + spareFiles;
  if (isEnough(system.read(), needed)) return;
  system.raise(needed);
  const limit = system.read();
  if (isEnough(limit, needed)) return;
  const had = limit.kind === "limited" ? limit.files : "an unknown number of";
  throw new WeirError(
    "USAGE",
    `${connections.toLocaleString("en-US")} connections need a limit of at least ${needed} open files, got ${had}. ` +
      `Run \`ulimit -n ${needed}\` in this shell first; where that is not permitted, \`sudo prlimit --pid $$ --nofile=${needed}\` (Linux), or load with fewer users.`,
  );
}

function isEnough(limit: OpenFilesLimit, needed: number): boolean {
  return limit.kind !== "limited" || limit.files >= needed;
}

// Node cannot set its own limits. prlimit comes with every Linux (util-linux); above the hard limit it takes root.
function raiseWithPrlimit(files: number): void {
  if (process.platform !== "linux") return;
  spawnSync("prlimit", [`--pid=${process.pid}`, `--nofile=${files}:${files}`], {
    stdio: "ignore",
    timeout: 2000,
  });
}
