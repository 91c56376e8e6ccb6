import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Has the system forget what it keeps of a folder's files in memory, so that they come from the disk the next time. False
 * where there is no way to ask for it: it takes Linux and GNU dd.
 */
export function dropFromMemory(folder: string): boolean {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.every(({ parentPath, name }) => {
    const file = join(parentPath, name);
    // Pages that are not on the disk yet would be kept.
    const steps = [
      ["sync", file],
      ["dd", `if=${file}`, "iflag=nocache", "count=0", "status=none"],
    ] as const;
    return steps.every(([command, ...args]) => spawnSync(command, args).status === 0);
  });
}
