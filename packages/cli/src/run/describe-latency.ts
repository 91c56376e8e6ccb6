import { formatMs, type RunSummary } from "@weir/lab";
import type { Distribution } from "@weir/stats";
import type { Paint } from "../console/paint.ts";
import { layOutTable } from "../console/text-table.ts";

/** Every time that a run measured, one row each: what all requests have, then what only streams and some servers do. */
export function describeLatency(summary: RunSummary, paint: Paint): string[] {
  const { response, service, lag } = summary.latencyMs;
  const heading = ["latency", "p50", "p90", "p95", "p99", "max", "mean", "n"].map(paint.dim);
  const rows: readonly (readonly [string, Distribution | null])[] = [
    ["response", response],
    ["service", service],
    ["lag", lag],
    ["TTFT", summary.ttftMs],
    // From when a request was due, where it was due at a time: what a user feels.
    ["TTFT (due)", summary.attainment === null ? null : summary.ttftFromDueMs],
    ["TTFO", summary.ttfoMs],
    ["TPOT", summary.tpotMs],
    ["chunk gap", summary.chunkGapMs],
    ["tool call", summary.firstToolCallMs],
    ["all called", summary.completeToolCallMs],
    ["turn", summary.turns?.durationMs ?? null],
    [
      "recovered",
      summary.retries === null || summary.retries.recovered === 0 ? null : summary.retries.responseMs,
    ],
    ["server", summary.serverMs],
    ["  queue", summary.serverQueueMs],
    ["  inference", summary.serverInferenceMs],
    ["  rest", summary.serverRestMs],
  ];
  return layOutTable([
    heading,
    ...rows.flatMap(([name, times]) => (times === null ? [] : [describeRow(name, times, paint)])),
  ]);
}

const figures = ["p50", "p90", "p95", "p99", "max", "mean"] as const;

function describeRow(name: string, times: Distribution, paint: Paint): string[] {
  const { n } = times;
  // Requests that were cut off can move a figure upwards only.
  const atLeast = times.censored?.atLeast ?? {};
  const cells = figures.map((figure) => {
    const ms = times[figure];
    if (ms !== null) return formatMs(ms);
    const bound = atLeast[figure];
    return bound === undefined
      ? paint.dim(n === 0 ? "-" : "n too small")
      : paint.yellow(`≥ ${formatMs(bound)}`);
  });
  return [name, ...cells, n.toLocaleString("en-US")];
}
