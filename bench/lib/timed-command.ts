import { spawn, spawnSync } from "node:child_process";
import { endWithBench } from "./end-with-bench.ts";
import { onCore, stopChild } from "./part.ts";

export function hasProgram(program: string): boolean {
  return spawnSync("which", [program]).status === 0;
}

/** What a command printed, and its CPU time from start to end in milliseconds. */
export async function timedCommand(
  core: number | undefined,
  command: readonly string[],
): Promise<{ readonly text: string; readonly cpuMs: number }> {
  // The shell knows what its child took, and nothing else does here. The program replaces a shell of its own, so that
  // the shell that waits passes the end on.
  const script = 'TIMEFORMAT="cpu %U %S"; time "$@" 2>/dev/null';
  const [program, ...args] = onCore(core, ["bash", "-c", script, "bash", ...command]);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  const stopGroup = (): void => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
  };
  const forget = endWithBench(stopGroup);
  try {
    const [text, said] = await Promise.all([read(child.stdout), read(child.stderr)]);
    const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(said) ?? [];
    return { text, cpuMs: (Number(user) + Number(system)) * 1000 };
  } finally {
    // The shell would go and leave its child: both are one group, which is this bench's own.
    stopGroup();
    await stopChild(child);
    forget();
  }
}

async function read(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const piece of stream) text += String(piece);
  return text;
}
