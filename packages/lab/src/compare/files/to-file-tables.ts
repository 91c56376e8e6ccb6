import type { DataTable } from "../../tables/data-table.ts";
import { formatSignedChange } from "../format-change.ts";
import type { FileReport, FileStatistics, ReportedChange, ReportedFile } from "./file-report.ts";

const showChange = (value: unknown): string => formatSignedChange(Number(value));

const changeColumns = [
  { key: "change", heading: "change", show: showChange },
  { key: "changeFrom", heading: "95 % from", show: showChange },
  { key: "changeTo", heading: "to", show: showChange },
] as const;

const none: ReportedChange = { change: null, interval: null };

/** Both sides beside each other: all files together, then each file. */
export function toFileTables(report: FileReport): readonly [DataTable, DataTable] {
  return [toStatisticsTable(report), toFilesTable(report)];
}

function toStatisticsTable({ names, sides, difference }: FileReport): DataTable {
  const [a, b] = [sides.a.statistics, sides.b.statistics];
  const row = (
    name: string,
    read: (side: FileStatistics) => number | null,
    measured: ReportedChange | undefined,
  ): DataTable["rows"][number] => {
    const [ofA, ofB] = [read(a), read(b)];
    const plain = ofA === null || ofB === null || ofA === 0 ? null : ofB / ofA - 1;
    const { change, interval } = measured ?? { change: plain, interval: null };
    return { cells: [name, ofA, ofB, change, interval?.[0] ?? null, interval?.[1] ?? null] };
  };
  const { metrics } = difference;
  return {
    title: null,
    columns: [
      { key: "statistic", heading: "all files" },
      { key: "a", heading: names[0] },
      { key: "b", heading: names[1] },
      ...changeColumns,
    ],
    rows: [
      row("succeeded", ({ succeeded }) => succeeded, none),
      row("failed", ({ failed }) => failed, none),
      row("latency mean, ms", ({ latencyMs }) => latencyMs.mean, metrics["response.mean"]),
      ...(["min", "p50", "p90", "p95", "p99", "max"] as const).map((name) =>
        row(`latency ${name}, ms`, ({ latencyMs }) => latencyMs[name], undefined),
      ),
      row("files/s", ({ requestsPerSecond }) => requestsPerSecond, metrics["units"]),
    ],
  };
}

function toFilesTable({ names, sides, difference }: FileReport): DataTable {
  const ofB = new Map(sides.b.files.map((each) => [each.file, each]));
  const changes = new Map(difference.files.map((each) => [each.file, each]));
  return {
    title: null,
    columns: [
      { key: "file", heading: "file" },
      { key: "aMs", heading: `${names[0]}, ms` },
      { key: "bMs", heading: `${names[1]}, ms` },
      ...changeColumns,
      { key: "failed", heading: "failed" },
    ],
    rows: sides.a.files.map((file) => {
      const other = ofB.get(file.file);
      const { change, interval } = changes.get(file.file) ?? none;
      const cells = [
        file.file,
        file.latencyMs?.mean ?? null,
        other?.latencyMs?.mean ?? null,
        change,
        interval?.[0] ?? null,
        interval?.[1] ?? null,
        describeFailed(file, other, names),
      ];
      return { cells };
    }),
  };
}

function describeFailed(
  a: ReportedFile,
  b: ReportedFile | undefined,
  names: readonly [string, string],
): string {
  const parts = [a, b].flatMap((side, place) =>
    side === undefined || side.failed === 0
      ? []
      : [`${names[place]} ${side.failed} of ${side.failed + side.succeeded}`],
  );
  return parts.length === 0 ? "none" : parts.join(", ");
}
