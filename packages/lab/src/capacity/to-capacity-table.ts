import { formatDuration, formatMs, formatShare } from "../record/format-number.ts";
import type { DataColumn, DataRow, DataTable } from "../tables/data-table.ts";
import type { CapacityProbeRecord, CapacityRecord } from "./capacity-record.ts";

const showMs: DataColumn["show"] = (value) => formatMs(Number(value));

const columns: readonly DataColumn[] = [
  { key: "purpose", heading: "purpose" },
  { key: "outcome", heading: "outcome" },
  { key: "requestsPerSecond", heading: "requests/s" },
  { key: "unitsPerSecond", heading: "units/s" },
  { key: "p50Ms", heading: "p50", show: showMs },
  { key: "p95Ms", heading: "p95", show: showMs },
  { key: "ttftP50Ms", heading: "TTFT p50", show: showMs },
  { key: "ttftP95Ms", heading: "TTFT p95", show: showMs },
  { key: "errorShare", heading: "errors", show: (value) => formatShare(Number(value)) },
  { key: "durationMs", heading: "measured for", show: (value) => formatDuration(Number(value)) },
  { key: "child", heading: "run" },
];

const tones: Readonly<Record<CapacityProbeRecord["outcome"], DataRow["tone"]>> = {
  pass: "good",
  miss: "bad",
  lost: "bad",
  unclear: "warn",
  invalid: "warn",
  "not-judged": "dim",
};

/** The curve: a row for each probe, in the order of their levels. What no probe has a figure of is left out. */
export function toCapacityTable({ capacity, probes }: CapacityRecord): DataTable {
  const level: DataColumn =
    capacity.of === "users"
      ? { key: "users", heading: "users" }
      : { key: "ratePerSecond", heading: "rate/s" };
  const streamed = probes.some(({ ttftP50Ms }) => ttftP50Ms !== null);
  const shown = columns.filter(({ key }) => streamed || !key.startsWith("ttft"));
  return {
    title: null,
    columns: [level, ...shown],
    rows: probesInOrder(probes).map((probe) => ({
      cells: [
        // One user is no rate.
        capacity.of === "rate" && probe.purpose === "baseline" ? null : probe.level,
        ...shown.map(({ key }) => probe[key as "p50Ms"]),
      ],
      tone: tones[probe.outcome],
    })),
  };
}

/** Probes by their levels, and those of one level as they were made; the single user of a baseline first. */
export function probesInOrder(probes: readonly CapacityProbeRecord[]): readonly CapacityProbeRecord[] {
  const place = ({ level, purpose }: CapacityProbeRecord): number => (purpose === "baseline" ? 0 : level);
  return probes.toSorted((a, b) => place(a) - place(b));
}
