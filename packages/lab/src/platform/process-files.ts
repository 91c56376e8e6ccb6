import { readdirSync, readFileSync, statSync } from "node:fs";

/** What the system says of a process at one moment. */
export interface ProcessReading {
  readonly pid: number;
  /** Its first 15 characters. */
  readonly name: string;
  /** When it was started, in a clock of the system's own: a number that came to another process is told by it. */
  readonly startedAt: number;
  /** Used so far, user and system. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly threads: number;
  /** The next three are null where the process belongs to somebody else. */
  readonly openFiles: number | null;
  /** From and to disks, not from what the system keeps of them in memory. */
  readonly diskReadBytes: number | null;
  readonly diskWrittenBytes: number | null;
}

// Linux counts in hundredths of a second in /proc whatever the kernel's own clock (USER_HZ).
const msPerTick = 10;

/** Reads what Linux has of a process in /proc; undefined where it is gone, or where there is no /proc. */
export function readProcess(pid: number): ProcessReading | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = splitStat(stat);
    // One that has ended and that its parent has not heard of holds nothing.
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    return {
      pid,
      name: stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
      startedAt: Number(fields[19]),
      cpuMs: (Number(fields[11]) + Number(fields[12])) * msPerTick,
      rssBytes: kilobytes * 1024,
      threads: Number(fields[17]),
      openFiles: countOpenFiles(pid),
      ...readDisk(pid),
    };
  } catch {
    return undefined;
  }
}

/** State, parent and what follows: fields 3 and on of proc(5). The name, in brackets, may hold blanks. */
function splitStat(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function countOpenFiles(pid: number): number | null {
  try {
    const folder = `/proc/${pid}/fd`;
    // Since Linux 6.2 the folder's size is their number, without a look at each.
    return statSync(folder).size || readdirSync(folder).length;
  } catch {
    return null;
  }
}

function readDisk(pid: number): Pick<ProcessReading, "diskReadBytes" | "diskWrittenBytes"> {
  try {
    const text = readFileSync(`/proc/${pid}/io`, "utf8");
    const read = /^read_bytes: (\d+)$/m.exec(text)?.[1];
    const written = /^write_bytes: (\d+)$/m.exec(text)?.[1];
    return {
      diskReadBytes: read === undefined ? null : Number(read),
      diskWrittenBytes: written === undefined ? null : Number(written),
    };
  } catch {
    return { diskReadBytes: null, diskWrittenBytes: null };
  }
}

/** Processes and all that they started, those given first; they alone where the system has no /proc. */
export function listProcessTree(...roots: readonly number[]): number[] {
  const children = new Map<number, number[]>();
  for (const pid of listProcesses()) {
    const parent = readParent(pid);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = new Set(roots);
  // A set hands out what is added to it on the way.
  for (const pid of tree) for (const child of children.get(pid) ?? []) tree.add(child);
  return [...tree];
}

/** Numbers of all processes; none where the system has no /proc. */
export function listProcesses(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** The process group of a process; undefined where it is gone, or where there is no /proc. */
export function readGroup(pid: number): number | undefined {
  try {
    return Number(splitStat(readFileSync(`/proc/${pid}/stat`, "utf8"))[2]);
  } catch {
    return undefined;
  }
}

function readParent(pid: number): number | undefined {
  try {
    return Number(splitStat(readFileSync(`/proc/${pid}/stat`, "utf8"))[1]);
  } catch {
    return undefined;
  }
}
