import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join, posix } from "node:path";
import type { Check } from "@weir/lab";

export interface CoreReading {
  /** Cores that the process may run on. */
  readonly cores: number;
  /** Their model name; empty where the system does not say. */
  readonly model: string;
  /** Cores' worth of time that a container's limit allows; undefined for no limit. */
  readonly quota: number | undefined;
}

export function readCores(): CoreReading {
  return {
    cores: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? "",
    quota:
      process.platform === "linux"
        ? readCpuQuota("/sys/fs/cgroup", readFile("/proc/self/cgroup") ?? "")
        : undefined,
  };
}

export function checkCores({ cores, model, quota }: CoreReading): Check {
  const name = "cores";
  const found = `${cores}${model === "" ? "" : ` (${model})`}`;
  if (quota !== undefined && quota < cores) {
    const threads = Math.max(1, Math.floor(quota));
    const fix = `Serve with --threads ${threads}: more threads than the limit allows slow each other down.`;
    return { name, state: "warn", detail: `${found}, but the container may use ${quota} of them`, fix };
  }
  if (cores === 1) {
    const fix = "Server and load share the one core, so measure from another machine.";
    return { name, state: "warn", detail: found, fix };
  }
  return { name, state: "ok", detail: found };
}

/**
 * The strictest CPU limit of the process's control group and those above it, in cores. `membership` is the content of
 * /proc/self/cgroup. Format: the Linux kernel's documentation of cgroup v2 (`cpu.max`) and v1 (`cpu.cfs_quota_us`).
 */
export function readCpuQuota(root: string, membership: string): number | undefined {
  const quotas: number[] = [];
  for (const line of membership.split("\n")) {
    const [, controllers, path = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined) continue;
    const isVersion2 = controllers === "";
    if (!isVersion2 && !controllers.split(",").includes("cpu")) continue;
    for (const folder of listFolders(path)) {
      // Inside a container the path may be the host's, which does not exist there; the root then has the limit.
      const quota = isVersion2
        ? toCores(readFile(join(root, folder, "cpu.max"))?.split(" "))
        : toCores(
            ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map(
              (file) => readFile(join(root, "cpu", folder, file)) ?? "",
            ),
          );
      if (quota !== undefined) quotas.push(quota);
    }
  }
  return quotas.length === 0 ? undefined : Math.min(...quotas);
}

/** A control group's folder and all above it, up to the root. */
function listFolders(path: string): readonly string[] {
  const folders = [path];
  while (folders.at(-1) !== "/" && folders.at(-1) !== ".") folders.push(posix.dirname(folders.at(-1)!));
  return folders;
}

/** A quota and its period, both in microseconds. `max` and -1 mean no limit. */
function toCores(pair: readonly string[] | undefined): number | undefined {
  const [quota, period] = (pair ?? []).map((text) => Number.parseInt(text, 10));
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined;
  return quota / period;
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
