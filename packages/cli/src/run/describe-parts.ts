import { formatMs, formatNumber, formatShare, type RunSummary } from "@weir/lab";
import type { Paint } from "../console/paint.ts";
import { layOutTable } from "../console/text-table.ts";

/** The parts of a mix or steps of a scenario, one row each; nothing where there are none. */
export function describeParts({ parts, window }: RunSummary, paint: Paint): string[] {
  if (parts === null || parts.length === 0) return [];
  const seconds = (window.endMs - window.startMs) / 1000;
  const streamed = parts.some(({ streams }) => streams.ttftMs !== null);
  const cell = (ms: number | null, n: number): string =>
    ms === null ? paint.dim(n === 0 ? "-" : "n too small") : formatMs(ms);
  return layOutTable([
    ["part", "requests/s", "p50", "p95", "p99", ...(streamed ? ["TTFT p50"] : []), "failed", "n"].map(
      paint.dim,
    ),
    ...parts.map(({ name, counts, latencyMs, streams }) => {
      const { p50, p95, p99, n } = latencyMs.response;
      const failed = counts.failed.total;
      const share = formatShare(failed / Math.max(1, failed + counts.completed));
      return [
        name,
        seconds > 0 ? formatNumber(counts.completed / seconds) : "-",
        cell(p50, n),
        cell(p95, n),
        cell(p99, n),
        ...(streamed ? [streams.ttftMs === null ? "" : cell(streams.ttftMs.p50, streams.ttftMs.n)] : []),
        failed === 0 ? "none" : paint.red(`${failed.toLocaleString("en-US")} (${share})`),
        n.toLocaleString("en-US"),
      ];
    }),
  ]);
}
