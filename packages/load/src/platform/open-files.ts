import { readFileSync } from "node:fs";

/** How many files and sockets this process may have open at a time. */
export type OpenFilesLimit =
  | { readonly kind: "limited"; readonly files: number }
  | { readonly kind: "unlimited" }
  /** The system has no such limit, or does not say. */
  | { readonly kind: "unknown" };

/** The soft limit of this process. Node raises it to the hard limit when it starts, so this is what Weir can use. */
export function readOpenFilesLimit(): OpenFilesLimit {
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
export function parseProcLimits(limits: string): OpenFilesLimit {
  return toLimit(/^Max open files\s+(\S+)/m.exec(limits)?.[1]);
}

/** Reads `userLimits.open_files.soft` of Node's diagnostic report, which has a number or "unlimited". */
export function fromReport(report: object): OpenFilesLimit {
  const { userLimits } = report as { userLimits?: { open_files?: { soft?: number | string } } };
  return toLimit(userLimits?.open_files?.soft);
}

function toLimit(soft: number | string | undefined): OpenFilesLimit {
  if (soft === "unlimited") return { kind: "unlimited" };
  const files = Number(soft);
  return Number.isInteger(files) && files > 0 ? { kind: "limited", files } : { kind: "unknown" };
}
