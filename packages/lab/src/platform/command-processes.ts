import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { listProcessTree, readGroup, readProcess } from "./process-files.ts";

const isWindows = process.platform === "win32";

/** Starts a command line as a shell reads it, so that it can be ended with all that it starts. */
export function startCommandLine(command: string, env: NodeJS.ProcessEnv): ChildProcess {
  // On Unix it leads a process group, which also keeps Ctrl-C in a terminal from ending it before its load does.
  return spawn(command, {
    shell: true,
    detached: !isWindows,
    windowsHide: true,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Asks all processes of a command line to end, or ends them. Does nothing where they have gone. */
export function endCommandLine({ pid }: ChildProcess, how: "ask" | "kill"): void {
  if (pid === undefined) return;
  // There are no signals on Windows: what is asked there is asked of no console program.
  if (isWindows) spawnSync("taskkill", ["/pid", String(pid), "/t", "/f"], { windowsHide: true });
  else signalGroup(pid, how === "ask" ? "SIGTERM" : "SIGKILL");
}

/** Whether any process of a command line is left. */
export function isCommandLineAlive({ pid }: ChildProcess): boolean {
  return pid !== undefined && signalGroup(pid, 0);
}

/** Ends a command line when this process is gone, however that came about. */
export interface CommandLineGuard {
  /** What ends with this process, and only then. */
  readonly pipe: Socket;
  /** Leaves the command line alone from now on. */
  release(): void;
}

// What it reads is a word when it is released, and nothing when who should have written it is gone.
const guardScript =
  'read -r word && exit; kill -s TERM -- "-$0"; tries=0; while kill -s 0 -- "-$0" && [ $tries -lt 15 ]; do sleep 1; tries=$((tries+1)); done; kill -s KILL -- "-$0"';

/**
 * Has a command line ended where this process no longer can: after SIGKILL, a second Ctrl-C, a crash. Does nothing on
 * Windows, or where it has gone.
 */
export function guardCommandLine({ pid }: ChildProcess): CommandLineGuard | undefined {
  if (isWindows || pid === undefined) return undefined;
  const guard = spawn("sh", ["-c", guardScript, String(pid)], {
    // Of a session of its own: what ends this process from a terminal is not to end it as well.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Where there is no shell for it, things are as they were without.
  guard.on("error", () => {});
  guard.unref();
  const pipe = guard.stdin as Socket;
  pipe.on("error", () => {});
  pipe.unref();
  return { pipe, release: () => void pipe.end("released\n") };
}

/** A process that may have gone: its number may be another's then. */
export interface StrayProcess {
  readonly pid: number;
  readonly startedAt: number;
}

/** What a command line started that left its process group, and is not ended with it. Empty where that cannot be seen. */
export function findStrays({ pid }: ChildProcess): readonly StrayProcess[] {
  if (pid === undefined || isWindows) return [];
  return listProcessTree(pid)
    .filter((each) => each !== pid && readGroup(each) !== pid)
    .map((each) => readProcess(each))
    .filter((reading) => reading !== undefined);
}

/** Those that are still there. */
export function findAlive(strays: readonly StrayProcess[]): readonly StrayProcess[] {
  return strays.filter(({ pid, startedAt }) => readProcess(pid)?.startedAt === startedAt);
}

/** Asks them to end, or ends them. */
export function endStrays(strays: readonly StrayProcess[], how: "ask" | "kill"): void {
  for (const { pid } of findAlive(strays)) {
    try {
      process.kill(pid, how === "ask" ? "SIGTERM" : "SIGKILL");
    } catch {
      // It has gone in between.
    }
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(isWindows ? pid : -pid, signal);
  } catch {
    return false;
  }
}
