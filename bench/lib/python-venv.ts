import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { endWithBench } from "./end-with-bench.ts";

/** A Python environment that holds one peer's packages. */
export interface PythonVenv {
  readonly python: string;
  /** For logs of what runs in it. */
  readonly folder: string;
}

const isWindows = process.platform === "win32";

/**
 * The environment with a requirements file's packages, in the user's cache (`$XDG_CACHE_HOME/weir/peers/NAME`). Made on
 * first use and anew when the file has changed, with the package index that pip is configured for on this machine.
 * Throws with pip's last lines where the packages cannot be had.
 */
export async function resolvePythonVenv(name: string, requirementsPath: string): Promise<PythonVenv> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folder = join(cache, "weir", "peers", name);
  const python = isWindows ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
  const wanted = await readFile(requirementsPath, "utf8");
  // Written last: a folder without it is one whose installation was broken off.
  const stamp = join(folder, "installed-requirements.txt");
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return { python, folder };
  console.error(`installing the Python packages of ${name} into ${folder}: some minutes and gigabytes, once`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const log = join(folder, "install.log");
  const base = process.env["WEIR_BENCH_PYTHON"] ?? (isWindows ? "python" : "python3");
  await runLogged([base, "-m", "venv", folder], log);
  await runLogged([python, "-m", "pip", "install", "--no-cache-dir", "-r", requirementsPath], log);
  await writeFile(stamp, wanted);
  return { python, folder };
}

/** Runs a command to its end; throws with the log's last lines where it fails. */
async function runLogged(command: readonly string[], log: string): Promise<void> {
  const output = openSync(log, "a");
  const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", output, output] });
  const forget = endWithBench(() => child.kill("SIGKILL"));
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0)
      throw new Error(`${command.slice(0, 4).join(" ")} ended with ${code}:\n${lastLines(log)}`);
  } finally {
    forget();
    closeSync(output);
  }
}

/** The end of a log, without the lines of progress bars. */
export function lastLines(path: string, count = 8): string {
  const lines = readFileSync(path, "utf8").split(/[\r\n]+/);
  return lines
    .filter((line) => line.trim() !== "" && !line.includes("━"))
    .slice(-count)
    .join("\n");
}
