import { formatNumber } from "../../record/format-number.ts";
import type { DataColumn, DataTable } from "../../tables/data-table.ts";
import { formatSignedChange } from "../format-change.ts";
import type { FileReport, FileStatistics, ReportedFile } from "./file-report.ts";

// Counts and times stand in one column.
const showFigure: DataColumn["show"] = (value) =>
  Number.isInteger(value) ? Number(value).toLocaleString("en-US") : formatNumber(Number(value));

const showChange: DataColumn["show"] = (value) => formatSignedChange(Number(value));

/** Both sides beside each other: all files together, then each file. */
export function toFileTables(report: FileReport): readonly [DataTable, DataTable] {
  return [toStatisticsTable(report), toFilesTable(report)];
}

// What is pooled over rounds has no interval: those of the comparison are in its own table.
function toStatisticsTable({ names, sides }: FileReport): DataTable {
  const [a, b] = [sides.a.statistics, sides.b.statistics];
  const row = (name: string, read: (side: FileStatistics) => number | null): DataTable["rows"][number] => {
    const [ofA, ofB] = [read(a), read(b)];
    return { cells: [name, ofA, ofB, ofA === null || ofB === null || ofA === 0 ? null : ofB / ofA - 1] };
  };
  const figures = ["mean", "min", "p50", "p90", "p95", "p99", "max"] as const;
  return {
    title: null,
    columns: [
      { key: "statistic", heading: "all files" },
      { key: "a", heading: names[0], show: showFigure },
      { key: "b", heading: names[1], show: showFigure },
      { key: "change", heading: "change", show: showChange },
    ],
    rows: [
      row("succeeded", ({ succeeded }) => succeeded),
      row("failed", ({ failed }) => failed),
      ...figures.map((name) => row(`latency ${name}, ms`, ({ latencyMs }) => latencyMs[name])),
      ...(a.units.kind === "pages" && b.units.kind === "pages"
        ? [row("pages/s", ({ units }) => units.perSecond)]
        : []),
      row("requests/s", ({ requestsPerSecond }) => requestsPerSecond),
    ],
  };
}

function toFilesTable({ names, sides, difference }: FileReport): DataTable {
  const ofB = new Map(sides.b.files.map((each) => [each.file, each]));
  const differences = new Map(difference.files.map((each) => [each.file, each]));
  return {
    title: null,
    columns: [
      { key: "file", heading: "file" },
      { key: "aMs", heading: `${names[0]}, ms` },
      { key: "bMs", heading: `${names[1]}, ms` },
      { key: "change", heading: "change", show: showChange },
      { key: "changeFrom", heading: "95 % from", show: showChange },
      { key: "changeTo", heading: "to", show: showChange },
      { key: "failed", heading: "failed" },
    ],
    rows: sides.a.files.map((file) => {
      const found = differences.get(file.file);
      const [from = null, to = null] = found?.interval ?? [];
      const failed = describeFailed(file, ofB.get(file.file), names);
      const figures = [found?.a ?? null, found?.b ?? null, found?.change ?? null, from, to];
      return { cells: [file.file, ...figures, failed] };
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
