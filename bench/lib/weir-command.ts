import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launchSidecar, type Sidecar, type SidecarOptions } from "@weir/client";

const require = createRequire(import.meta.url);

/** The file of the `weir` command of this repository. */
export const weirCommand = join(dirname(require.resolve("@weir/cli/package.json")), "bin", "weir.js");

/**
 * Builds the command, so that what is measured is what people install: from source, a loader would add its own memory
 * and start-up time.
 */
export function buildWeir(): void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  const built = spawnSync(process.execPath, [compiler, "-b"], { cwd: root, encoding: "utf8" });
  if (built.status === 0) return;
  throw new Error(`tsc -b failed:\n${built.stdout}${built.stderr}`);
}

/** Makes a key that may do everything, and puts it into a keys file for `--api-keys`. */
export function createAdminKey(file: string): string {
  const args = ["keys", "create", "--file", file, "--name", "bench", "--scope", "admin"];
  const made = spawnSync(process.execPath, [weirCommand, ...args], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`weir keys create failed:\n${made.stderr}`);
  return made.stdout.trim();
}

/**
 * `weir serve` as people run it, in a process of its own; it ends when this one does, however that goes. A crash is
 * not repaired behind the bench's back.
 */
export async function launchWeir(
  model: string,
  args: readonly string[],
  more: Omit<SidecarOptions, "model" | "args" | "command"> = {},
): Promise<Sidecar> {
  return await launchSidecar({
    restarts: { most: 0, withinMs: 1 },
    startTimeoutMs: 300_000,
    ...more,
    model,
    args: ["--log-level", "warn", ...args],
    command: weirCommand,
  });
}
