import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/**
 * Cores that this process may keep busy: those it is allowed to run on, and no more than a container's share of processor
 * time (cgroup v2, `cpu.max`; elsewhere there is no such file). Whole number >= 1.
 */
export function countUsableCores(cpuMaxFile: string = "/sys/fs/cgroup/cpu.max"): number {
  const cores = availableParallelism();
  const share = readShare(cpuMaxFile);
  return share === undefined ? cores : Math.max(1, Math.min(cores, Math.ceil(share)));
}

function readShare(cpuMaxFile: string): number | undefined {
  try {
    // "200000 100000": microseconds of each period; "max" where there is no limit.
    const [quota, period] = readFileSync(cpuMaxFile, "utf8").trim().split(" ").map(Number);
    const share = quota! / period!;
    return Number.isFinite(share) && share > 0 ? share : undefined;
  } catch {
    return undefined;
  }
}
