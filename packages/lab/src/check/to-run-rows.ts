import { samplesNeeded, type Distribution } from "@weir/stats";
import { formatMs, formatNumber, formatShare } from "../record/format-number.ts";
import { judgeLimit } from "../record/judge-limit.ts";
import type { Limit } from "../record/limit.ts";
import type { RunRecord, RunSummary } from "../record/run-record.ts";
import type { CheckRow } from "./suite.ts";

/** What a run's figures are of: their keys begin with `key`, and people read `name` in front of them. */
export interface RowsOf {
  readonly key: string;
  readonly name: string;
}

/**
 * A run as rows: its rates, times and errors, and each limit at the figure that it is about. What an invalid run read is
 * there too: the check as a whole says that it is worth nothing.
 */
export function toRunRows({ summary, verdict }: RunRecord, of: RowsOf, limits: readonly Limit[]): CheckRow[] {
  const rows = new Map(listFigures(summary).map((row) => [row.key, row]));
  const count = new Map<string, number>();
  for (const limit of limits) {
    const key = keyOf(limit, summary);
    const place = count.get(key) ?? 0;
    count.set(key, place + 1);
    const figure = rows.get(key) ?? noFigure(key);
    // A second limit on the same figure is a row of its own.
    rows.set(place === 0 ? key : `${key}-${place + 1}`, holdTo(limit, figure, summary, verdict.kind));
  }
  return [...rows].map(([key, row]) => ({
    ...row,
    key: `${of.key}/${key}`,
    metric: `${of.name}: ${row.metric}`,
  }));
}

function listFigures(summary: RunSummary): readonly CheckRow[] {
  const { units, requestsPerSecond, tokens, latencyMs, ttftMs, failed, completed } = summary;
  const ended = completed + failed.total;
  const share = ended === 0 ? null : failed.total / ended;
  return [
    ...(units.kind === "requests" || (units.kind === "tokens" && tokens === null)
      ? []
      : [rateRow("units", `${units.kind}/s`, units.perSecond)]),
    rateRow("requests", "requests/s", requestsPerSecond),
    ...timeRows("response", latencyMs.response),
    ...(ttftMs === null ? [] : timeRows("ttft", ttftMs)),
    {
      key: "errors",
      metric: "errors",
      value: share,
      unit: "share",
      measured: share === null ? "no request ended" : formatShare(share),
      limit: null,
      status: "info",
      better: "less",
    },
  ];
}

function rateRow(key: string, metric: string, value: number): CheckRow {
  const measured = formatNumber(value);
  return { key, metric, value, unit: "per-second", measured, limit: null, status: "info", better: "more" };
}

function timeRows(metric: string, times: Distribution): CheckRow[] {
  return (["p50", "p95"] as const).map((figure) => timeRow(`${metric}.${figure}`, times, figure));
}

function timeRow(
  key: string,
  times: Distribution,
  figure: "mean" | "p50" | "p90" | "p95" | "p99" | "p999" | "max",
): CheckRow {
  const value = times[figure];
  const atLeast = times.censored?.atLeast[figure];
  const needed = figure in samplesNeeded ? samplesNeeded[figure as "p95"] : 1;
  const measured =
    value !== null
      ? formatMs(value)
      : atLeast !== undefined
        ? `at least ${formatMs(atLeast)}`
        : `n too small (${times.n} of ${needed})`;
  return { key, metric: key, value, unit: "ms", measured, limit: null, status: "info", better: "less" };
}

function keyOf(limit: Limit, { units }: RunSummary): string {
  switch (limit.kind) {
    case "errors":
      return "errors";
    case "time":
      return `${limit.metric}.${limit.statistic}`;
    case "rate":
      // What is counted in requests has one row for both.
      return limit.metric === "units" && units.kind === "requests" ? "requests" : limit.metric;
  }
}

function noFigure(key: string): CheckRow {
  return { key, metric: key, value: null, unit: "none", measured: "-", limit: null, status: "info" };
}

function holdTo(
  limit: Limit,
  figure: CheckRow,
  summary: RunSummary,
  end: RunRecord["verdict"]["kind"],
): CheckRow {
  const row = limit.kind === "time" ? findTime(limit, figure, summary) : findTokens(limit, figure, summary);
  const bound = limit.text.replace(/^[a-z0-9.]+\s*/i, "");
  const judged = judgeLimit(limit, summary);
  // What had to be given up half way has kept nothing.
  const isCut = judged.kind === "kept" && (end === "not-measured" || end === "stopped");
  const status =
    judged.kind === "missed" ? "fail" : judged.kind === "inconclusive" || isCut ? "not-measured" : "pass";
  const isUnknown = row.value === null && judged.kind === "inconclusive" && row.measured === "-";
  const measured = isUnknown ? "not known" : isCut ? `${row.measured}, then it ended early` : row.measured;
  return { ...row, measured, limit: bound, status };
}

function findTime(
  limit: Extract<Limit, { kind: "time" }>,
  figure: CheckRow,
  { latencyMs, ttftMs, ttfoMs, tpotMs, chunkGapMs, serverMs }: RunSummary,
): CheckRow {
  if (figure.unit === "ms") return figure;
  const all = { ...latencyMs, ttft: ttftMs, ttfo: ttfoMs, tpot: tpotMs, gap: chunkGapMs, server: serverMs };
  const times = all[limit.metric];
  return times === null ? figure : timeRow(figure.key, times, limit.statistic);
}

function findTokens(
  limit: Exclude<Limit, { kind: "time" }>,
  figure: CheckRow,
  { tokens }: RunSummary,
): CheckRow {
  const isTokens = limit.kind === "rate" && limit.metric === "tokens";
  return isTokens && tokens !== null ? rateRow("tokens", "tokens/s", tokens.outputPerSecond) : figure;
}
