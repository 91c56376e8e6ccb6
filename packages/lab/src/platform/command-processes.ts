import { spawn, spawnSync, type ChildProcess } from "node:child_process";

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

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(isWindows ? pid : -pid, signal);
  } catch {
    return false;
  }
}
