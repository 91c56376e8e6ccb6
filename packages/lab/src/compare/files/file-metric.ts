import type { RunSummary } from "../../record/run-record.ts";
import type { WorkloadRequest } from "../../run/run-request.ts";

/** How long a file takes, each file counting the same. */
export interface FileMetric {
  readonly kind: "file-time";
  readonly name: "file.geometric-mean";
  readonly better: "less";
}

/**
 * What a comparison file by file is about where nobody says: a mean of milliseconds would be about the largest files, and
 * about the one time in which something else held one of them up.
 */
export const fileMetric: FileMetric = { kind: "file-time", name: "file.geometric-mean", better: "less" };

export function tellsFilesApart(workload: WorkloadRequest): boolean {
  return workload.kind === "upload" && workload.inTurn === true;
}

/** Geometric mean of the files' response times in milliseconds; null where none was answered. */
export function readFileTime({ parts }: Pick<RunSummary, "parts">): number | null {
  const times = (parts ?? []).flatMap(({ latencyMs }) => latencyMs.response.mean ?? []);
  if (times.length === 0) return null;
  return Math.exp(times.reduce((sum, time) => sum + Math.log(time), 0) / times.length);
}
