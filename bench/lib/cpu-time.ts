import { readFileSync } from "node:fs";

// Linux counts in hundredths of a second in /proc whatever the kernel's own clock (USER_HZ).
const msPerTick = 10;

/** CPU time that a process has used so far, in milliseconds; not a number where the system does not say. */
export function cpuTimeMs(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold blanks. Behind it come state (field 3) and, as 14 and 15, user and system time.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * msPerTick;
  } catch {
    return Number.NaN;
  }
}

/** Memory that a process holds, in bytes; not a number where the system does not say. */
export function residentBytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? Number.NaN : Number(kilobytes) * 1024;
  } catch {
    return Number.NaN;
  }
}
