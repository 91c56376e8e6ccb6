import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";

const isWindows = process.platform === "win32";

/** Starts a command line as a shell reads it, so that it can be ended with all that it starts. */
export function startCommandLine(command: string, env: NodeJS.ProcessEnv): ChildProcess {
  // On Unix it leads a process group, which also keeps Ctrl-C in a terminal from ending it before its load does.
  const child = spawn(command, {
    shell: true,
    detached: !isWindows,
    windowsHide: true,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (!isWindows && child.pid !== undefined) startGuard(child);
  return child;
}

/**
 * Starts what ends a command line whose starter was killed, and so could not: a shell that reads from a pipe of this
 * process alone, which ends with it. It goes when the command does.
 */
export function startGuard(child: ChildProcess): ChildProcess {
  const group = `-- -${child.pid!}`;
  const script = `read -r _; kill -s TERM ${group}; sleep 5; kill -s KILL ${group}`;
  // In a group of its own: what is sent to this process's is not meant for it.
  const guard = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  guard.on("error", () => {});
  guard.stdin?.on("error", () => {});
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  child.once("exit", () => guard.kill("SIGKILL"));
  return guard;
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
