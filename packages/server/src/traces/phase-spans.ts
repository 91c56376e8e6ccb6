import type { RequestReport } from "../http/request-report.ts";

export interface PhaseSpan {
  readonly name: "queue" | "tokenize" | "infer" | "encode";
  readonly startMs: number;
  readonly endMs: number;
  /** What was measured. The span is shorter where the request was: batches on several replicas run beside each other. */
  readonly measuredMs: number;
}

/**
 * Lays the phases of a request that took from `startMs` to `endMs` out in time. Only their lengths are known, so tokenize
 * and infer, which come in turns for each batch, are drawn one after the other behind the queue, and encode at the end.
 */
export function toPhaseSpans(report: RequestReport, startMs: number, endMs: number): readonly PhaseSpan[] {
  const spans: PhaseSpan[] = [];
  const { encodeMs } = report;
  const encodeFromMs = Math.max(startMs, endMs - (encodeMs ?? 0));
  let fromMs = startMs;
  for (const name of ["queue", "tokenize", "infer"] as const) {
    const measuredMs = report[`${name}Ms`];
    if (measuredMs === undefined) continue;
    const toMs = Math.min(fromMs + measuredMs, encodeFromMs);
    spans.push({ name, startMs: fromMs, endMs: toMs, measuredMs });
    fromMs = toMs;
  }
  if (encodeMs !== undefined)
    spans.push({ name: "encode", startMs: encodeFromMs, endMs, measuredMs: encodeMs });
  return spans;
}
