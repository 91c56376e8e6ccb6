import { readFileSync } from "node:fs";
import type { Check } from "@weir/lab";

export type OpenFilesReading =
  | { readonly kind: "limited"; readonly files: number }
  | { readonly kind: "unlimited" }
  /** The system has no such limit, or does not say. */
  | { readonly kind: "unknown" };

/** Every connection takes one; so do pipes and files. */
const comfortable = 4_096;
const least = 256;

/** The soft limit of this process. Node raises it to the hard limit when it starts, so this is what Weir can use. */
export function readOpenFiles(): OpenFilesReading {
  switch (process.platform) {
    case "linux":
      return parseProcLimits(readFileSync("/proc/self/limits", "utf8"));
    case "win32":
      return { kind: "unknown" };
    default:
      return fromReport(process.report.getReport());
  }
}

/** Reads the line `Max open files  SOFT  HARD  files` of /proc/PID/limits. */
export function parseProcLimits(limits: string): OpenFilesReading {
  return toReading(/^Max open files\s+(\S+)/m.exec(limits)?.[1]);
}

/** Reads `userLimits.open_files.soft` of Node's diagnostic report, which has a number or "unlimited". */
export function fromReport(report: object): OpenFilesReading {
  const { userLimits } = report as { userLimits?: { open_files?: { soft?: number | string } } };
  return toReading(userLimits?.open_files?.soft);
}

function toReading(soft: number | string | undefined): OpenFilesReading {
  if (soft === "unlimited") return { kind: "unlimited" };
  const files = Number(soft);
  return Number.isInteger(files) && files > 0 ? { kind: "limited", files } : { kind: "unknown" };
}

export function checkOpenFiles(reading: OpenFilesReading): Check {
  const name = "open files";
  if (reading.kind === "unlimited") return { name, state: "ok", detail: "no limit" };
  if (reading.kind === "unknown")
    return { name, state: "skipped", detail: "this system has no limit to read" };
  const { files } = reading;
  const detail = `at most ${files} at a time`;
  if (files >= comfortable) return { name, state: "ok", detail };
  const fix = `Run ulimit -n ${comfortable} in the shell before you start weir; every connection takes one.`;
  return { name, state: files < least ? "fail" : "warn", detail, fix };
}
