import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import path from "node:path";

/** What bounds the memory of a process, as far as the system says. */
export interface MemoryLimit {
  readonly bytes: number;
  /** E.g. `cgroup /system.slice/weir.service`. */
  readonly by: string;
}

type ReadText = (file: string) => string | undefined;

/**
 * The tightest bound on a process's memory that Linux knows of: its control group's and those above it (memory.max of
 * cgroup v2, memory.limit_in_bytes of v1), and its address space (RLIMIT_AS). Undefined where there is none below what
 * the machine has.
 */
export function findMemoryLimit(
  pid: number,
  {
    read = readText,
    machineBytes = totalmem(),
  }: { readonly read?: ReadText; readonly machineBytes?: number } = {},
): MemoryLimit | undefined {
  const limits = [
    ...findGroupLimits(read(`/proc/${pid}/cgroup`) ?? "", read),
    ...findAddressLimit(pid, read),
  ];
  const real = limits.filter(({ bytes }) => bytes > 0 && bytes < machineBytes);
  return real.toSorted((a, b) => a.bytes - b.bytes)[0];
}

function findGroupLimits(text: string, read: ReadText): readonly MemoryLimit[] {
  return text.split("\n").flatMap((line) => {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line.trim()) ?? [];
    if (controllers === undefined || group === undefined) return [];
    const isV2 = controllers === "";
    if (!isV2 && !controllers.split(",").includes("memory")) return [];
    const [root, file] = isV2
      ? ["/sys/fs/cgroup", "memory.max"]
      : ["/sys/fs/cgroup/memory", "memory.limit_in_bytes"];
    return withParents(group).flatMap((each) => {
      const bytes = Number.parseInt(read(path.posix.join(root, each, file)) ?? "", 10);
      return Number.isNaN(bytes) ? [] : [{ bytes, by: `cgroup ${each}` }];
    });
  });
}

/** `/a/b`, `/a`, `/`. */
function withParents(group: string): readonly string[] {
  const parts = group.split("/").filter((part) => part !== "");
  return parts.map((_, place) => `/${parts.slice(0, parts.length - place).join("/")}`).concat("/");
}

function findAddressLimit(pid: number, read: ReadText): readonly MemoryLimit[] {
  const [, bytes] = /^Max address space\s+(\d+)/m.exec(read(`/proc/${pid}/limits`) ?? "") ?? [];
  return bytes === undefined ? [] : [{ bytes: Number(bytes), by: "ulimit -v" }];
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
