import type { Distribution } from "@weir/stats";
import type { DataColumn, DataTable } from "../tables/data-table.ts";
import { formatMs, formatShare } from "./format-number.ts";
import type { RunRecord } from "./run-record.ts";

const showMs: DataColumn["show"] = (value) => formatMs(Number(value));

const columns: readonly DataColumn[] = [
  { key: "id", heading: "run" },
  { key: "name", heading: "name" },
  { key: "verdict", heading: "verdict" },
  { key: "users", heading: "users" },
  { key: "offeredRequests", heading: "offered" },
  { key: "completedRequests", heading: "completed" },
  { key: "failedRequests", heading: "failed" },
  { key: "failedShare", heading: "failed share", show: (value) => formatShare(Number(value)) },
  { key: "requestsPerSecond", heading: "requests/s" },
  { key: "unit", heading: "unit" },
  { key: "unitsPerSecond", heading: "units/s" },
  ...(["response", "service", "ttft"] as const).flatMap((name) =>
    (["mean", "p50", "p95", "p99", "max"] as const).map((figure) => ({
      key: `${name}${figure[0]!.toUpperCase()}${figure.slice(1)}Ms`,
      heading: name === "ttft" ? `TTFT ${figure}` : `${name} ${figure}`,
      show: showMs,
    })),
  ),
  { key: "serverCpuCores", heading: "server cores" },
  {
    key: "serverRssBytes",
    heading: "server memory",
    show: (value) => `${Math.round(Number(value) / 1e6).toLocaleString("en-US")} MB`,
  },
];

/** A run as one row: the columns are the same for every run, so that rows of several can stand below each other. */
export function toRunTable(records: readonly RunRecord[]): DataTable {
  return { title: null, columns, rows: records.map((record) => ({ cells: toCells(record) })) };
}

function toCells({ id, name, verdict, schedule, summary, server }: RunRecord): (string | number | null)[] {
  const { failed, latencyMs, ttftMs, units } = summary;
  const ended = summary.completed + failed.total;
  return [
    id,
    name,
    verdict.kind,
    schedule.users,
    summary.offered,
    summary.completed,
    failed.total,
    ended === 0 ? null : failed.total / ended,
    summary.requestsPerSecond,
    units.kind,
    units.perSecond,
    ...[latencyMs.response, latencyMs.service, ttftMs].flatMap(toFigures),
    server?.process?.cpuCores ?? null,
    server?.process?.rssBytes.last ?? null,
  ];
}

function toFigures(times: Distribution | null): (number | null)[] {
  return [
    times?.mean ?? null,
    times?.p50 ?? null,
    times?.p95 ?? null,
    times?.p99 ?? null,
    times?.max ?? null,
  ];
}
