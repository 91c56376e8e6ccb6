import { formatShare } from "../record/format-number.ts";
import type { DataColumn, DataRow, DataTable } from "../tables/data-table.ts";
import type { CompareRecord, CompareVerdictKind, ComparedSide, MetricComparison } from "./compare-record.ts";
import { describeMetricName } from "./describe-metric-name.ts";
import { formatSignedChange } from "./format-change.ts";

type CompareFigures = Pick<CompareRecord, "metrics" | "sides" | "verdict" | "failedDifference">;

/** A comparison as tables: its metrics, the one that the verdict is on first, and what became of the requests. */
export function toCompareTables(record: CompareFigures): readonly [DataTable, DataTable] {
  const { a, b } = record.sides;
  const metrics: DataTable = {
    title: null,
    columns: columnsOf(a, b),
    rows: record.metrics.map((metric) => toRow(metric, record.verdict.kind)),
  };
  const requests: DataTable = {
    title: null,
    columns: requestColumns,
    rows: [...[a, b].map((side) => toRequestRow(side)), ...toDifferenceRows(record)],
  };
  return [metrics, requests];
}

const showChange: DataColumn["show"] = (value) => formatSignedChange(Number(value));

function columnsOf(a: ComparedSide, b: ComparedSide): readonly DataColumn[] {
  // Times are milliseconds and rates per second: the name of a metric says which.
  const showName = (value: unknown): string => {
    const name = String(value);
    return name.includes(".") ? `${describeMetricName(name, a.unit)}, ms` : describeMetricName(name, a.unit);
  };
  return [
    { key: "metric", heading: "metric", show: showName },
    { key: "a", heading: a.label },
    { key: "b", heading: b.label },
    { key: "change", heading: "change", show: showChange },
    { key: "changeFrom", heading: "95 % from", show: showChange },
    { key: "changeTo", heading: "to", show: showChange },
    { key: "rounds", heading: "rounds", show: String },
  ];
}

function toRow(
  { name, a, b, change, interval, rounds, primary }: MetricComparison,
  verdict: CompareVerdictKind,
): DataRow {
  const cells = [name, a, b, change, interval?.[0] ?? null, interval?.[1] ?? null, rounds];
  if (!primary) return { cells };
  const tone = verdict === "faster" ? "good" : verdict === "slower" ? "bad" : undefined;
  return tone === undefined ? { cells } : { cells, tone };
}

/** The difference of what failed, where anything did. */
function toDifferenceRows({ sides: { a, b }, failedDifference }: CompareFigures): DataRow[] {
  if (failedDifference == null || a.failed.total + b.failed.total === 0) return [];
  const { difference, interval } = failedDifference;
  const points = (share: number): string => `${share < 0 ? "" : "+"}${(share * 100).toFixed(2)}`;
  const range =
    interval === null ? "" : `95 % from ${points(interval[0])} to ${points(interval[1])} percentage points`;
  return [{ cells: [`${b.label} - ${a.label}`, null, null, difference, range] }];
}

const requestColumns: readonly DataColumn[] = [
  { key: "side", heading: "requests" },
  { key: "completed", heading: "completed", show: (value) => Number(value).toLocaleString("en-US") },
  { key: "failed", heading: "failed", show: (value) => Number(value).toLocaleString("en-US") },
  { key: "failedShare", heading: "failed share", show: (value) => formatShare(Number(value)) },
  { key: "failures", heading: "failures" },
];

function toRequestRow({ label, completed, failed, failedShare, missedLimits }: ComparedSide): DataRow {
  const kinds = Object.entries(failed.byKind).map(
    ([kind, count]) => `${kind} ${count.toLocaleString("en-US")}`,
  );
  const cells = [label, completed, failed.total, failedShare, kinds.length === 0 ? "none" : kinds.join(", ")];
  return missedLimits.length > 0 ? { cells, tone: "bad" } : { cells };
}
