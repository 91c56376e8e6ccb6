import { readFile } from "node:fs/promises";

/** The most memory that a process has held, in bytes. Undefined where the system does not say: Linux does. */
export async function readPeakRss(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
}
