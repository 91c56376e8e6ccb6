import type { Cell, DataRow, DataTable } from "../tables/data-table.ts";
import { startOf, type StoredRun } from "./list-runs.ts";
import { runColumns } from "./run-columns.ts";

/** Runs as people read them: one line each. */
export function toRunsTable(runs: readonly StoredRun[], nowMs: number): DataTable {
  return {
    title: null,
    columns: [
      { key: "id", heading: "run" },
      {
        key: "when",
        heading: "when",
        align: "left",
        show: (value) => describeAge(nowMs - Date.parse(String(value))),
      },
      { key: "name", heading: "name", align: "left" },
      { key: "kind", heading: "kind", align: "left" },
      { key: "target", heading: "target", align: "left" },
      { key: "verdict", heading: "verdict", align: "left" },
      { key: "result", heading: "result", align: "left" },
      { key: "tags", heading: "tags", align: "left" },
    ],
    rows: runs.map(toRow),
  };
}

function toRow(run: StoredRun): DataRow {
  const start = startOf(run) || null;
  if (run.kind === "unreadable")
    return { cells: [run.id, start, null, null, null, "unreadable", run.reason, null], tone: "dim" };
  const { name, kind, url, verdict, result } = run.facts as Readonly<Record<string, Cell>>;
  const cells = [
    run.id,
    start,
    name ?? null,
    kind ?? null,
    typeof url === "string" ? shortenUrl(url) : null,
    verdict ?? null,
    result === "" ? null : (result ?? null),
    run.notes.tags.length === 0 ? null : run.notes.tags.join(", "),
  ];
  const tone = toTone(String(verdict));
  return { cells, ...(tone !== undefined && { tone }) };
}

/** Runs as programs read them: the columns of the view `runs`, then why one could not be read. */
export function toRunsData(runs: readonly StoredRun[]): DataTable {
  const columns = [...runColumns.map(({ name }) => name), "unreadable"];
  return {
    title: null,
    columns: columns.map((name) => ({ key: name, heading: name })),
    rows: runs.map((run) => ({ cells: columns.map((name) => toCell(run, name)) })),
  };
}

function toCell(run: StoredRun, column: string): Cell {
  if (run.kind === "readable") {
    const fact = run.facts[column] ?? null;
    return typeof fact === "object" && fact !== null ? fact.join(", ") : fact;
  }
  const known: Readonly<Record<string, Cell>> = {
    id: run.id,
    folder: run.folder,
    parent: run.parent,
    started_at: startOf(run) || null,
    unreadable: run.reason,
  };
  return known[column] ?? null;
}

function toTone(verdict: string): DataRow["tone"] {
  if (verdict === "pass" || verdict === "faster" || verdict === "same") return undefined;
  if (["limit-missed", "slower", "not-measured", "invalid"].includes(verdict)) return "bad";
  return ["inconclusive", "interrupted", "stopped"].includes(verdict) ? "warn" : undefined;
}

/** Without the scheme, which hardly ever tells two targets apart. */
function shortenUrl(url: string): string {
  return url.replace(/^http:\/\//, "").replace(/\/$/, "");
}

/** How long ago something was: `just now`, `12 min ago`, `3 h ago`, `5 d ago`. */
function describeAge(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} d ago`;
}
