import type { FittedLine } from "@weir/stats";
import type { WorkloadRequest } from "../run/run-request.ts";
import { formatCount, formatMs, formatNumber } from "./format-number.ts";
import type { SizeSlope } from "./run-record.ts";

const mb = 1e6;

/** Fewer requests, or sizes closer to each other, say more about chance than about size. */
const leastRequests = 20;
const leastRatio = 1.5;
const leastBytes = 10_000;

/** How the service time of bodies grows with their size; null for other workloads, and where there is too little to say. */
export function toSizeSlope(workload: WorkloadRequest, line: FittedLine | undefined): SizeSlope | null {
  if (workload.kind !== "upload" && workload.kind !== "http") return null;
  if (line === undefined || line.n < leastRequests) return null;
  if (line.maxX < leastRatio * line.minX || line.maxX < leastBytes) return null;
  return {
    n: line.n,
    minBytes: line.minX,
    maxBytes: line.maxX,
    msPerMb: line.slope * mb,
    halfWidthMsPerMb: line.halfWidth * mb,
    baseMs: line.base,
  };
}

/** `each MB adds 84.0 ms (81.2 to 86.8), from 12.0 ms on; 400 requests of 0.1 to 12 MB`. */
export function describeSizeSlope({
  n,
  minBytes,
  maxBytes,
  msPerMb,
  halfWidthMsPerMb,
  baseMs,
}: SizeSlope): string {
  const of = `${formatCount(n, "request")} of ${formatNumber(minBytes / mb)} to ${formatNumber(maxBytes / mb)} MB`;
  const low = msPerMb - halfWidthMsPerMb;
  const high = msPerMb + halfWidthMsPerMb;
  if (low <= 0)
    return `makes no difference that ${of} would show: each MB adds ${formatNumber(low)} to ${formatNumber(high)} ms`;
  const base = baseMs > 0 ? `, from ${formatMs(baseMs)} on` : "";
  return `each MB adds ${formatMs(msPerMb)} (${formatNumber(low)} to ${formatNumber(high)})${base}; ${of}`;
}
