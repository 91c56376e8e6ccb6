import { formatMs, formatNumber, formatShare } from "../record/format-number.ts";
import { noFigure, type DataTable } from "../tables/data-table.ts";
import type {
  ImportedDefinition,
  ImportedDistribution,
  ImportedFigure,
  ImportedTool,
  ImportRecord,
  ParsedImport,
} from "./import-record.ts";

const titles: Readonly<Record<ImportedTool, string>> = {
  k6: "k6",
  locust: "Locust",
  vllm: "vLLM bench",
  guidellm: "guidellm",
  aiperf: "AIPerf",
};

/** As people call a tool, with its version where that is known: `guidellm 0.8.1`. */
export function describeTool({ tool, version }: Pick<ParsedImport, "tool" | "version">): string {
  return version === null ? titles[tool] : `${titles[tool]} ${version}`;
}

/** What a file says, in one sentence: `By guidellm 0.8.1: 580 tokens/s at 4 users: TTFT p50 67.4 ms, ...; no failures.` */
export function describeImport(content: ParsedImport): string {
  const { summary, users, ratePerSecond } = content;
  const { units, ttftMs, latencyMs, failed, completed } = summary;
  const load =
    users !== null
      ? ` at ${users} user${users === 1 ? "" : "s"}`
      : ratePerSecond === null
        ? ""
        : ` of ${formatNumber(ratePerSecond)} requests/s asked for`;
  const rate =
    units === null || units.perSecond === null
      ? completed === null
        ? "requests"
        : `${completed.toLocaleString("en-US")} requests`
      : `${formatNumber(units.perSecond)} ${units.kind}/s`;
  const times = [describeTimes("TTFT", ttftMs), describeTimes("service", latencyMs.service)].filter(
    (text) => text !== "",
  );
  const ended = (completed ?? 0) + (failed.total ?? 0);
  const failures =
    failed.total === null
      ? "failures not known"
      : failed.total === 0
        ? "no failures"
        : `${failed.total.toLocaleString("en-US")} failed (${formatShare(failed.total / ended)})`;
  return `By ${describeTool(content)}: ${rate}${load}: ${[...times, failures].join("; ")}.`;
}

function describeTimes(name: string, times: ImportedDistribution | null): string {
  if (times === null) return "";
  const p95 = times.p95 === null ? "" : `, p95 ${formatMs(times.p95)}`;
  const middle = times.p50 === null ? `mean ${formatMs(times.mean ?? 0)}` : `p50 ${formatMs(times.p50)}`;
  return `${name} ${middle}${p95}`;
}

const figureNames: Readonly<Record<ImportedFigure, string>> = {
  service: "service",
  ttft: "TTFT",
  tpot: "TPOT",
  chunkGap: "chunk gap",
  throughput: "throughput",
  tokens: "tokens",
  failed: "failed",
};

/**
 * What each figure of a tool is, a line each (`TPOT: as in Weir: "ITL": ...`), and which of them were worked out here.
 */
export function describeDefinitions(
  definitions: Readonly<Partial<Record<string, ImportedDefinition>>>,
): string[] {
  const known = Object.entries(definitions).flatMap(([figure, definition]) =>
    definition === undefined
      ? []
      : [{ name: figureNames[figure as ImportedFigure] ?? figure, ...definition }],
  );
  const own = known.filter(({ from }) => from === "rows").map(({ name }) => name);
  return [
    ...known.map(({ name, same, theirs }) => `${name}: ${same ? "as" : "not as"} in Weir: ${theirs}`),
    ...(own.length === 0
      ? []
      : [`worked out by Weir from the requests that the file lists: ${own.join(", ")}`]),
  ];
}

const columns = ["mean", "min", "p50", "p90", "p95", "p99", "p999", "max"] as const;

/** The times of an import, a row each: those that Weir has a word for, then the tool's own. */
export function toImportTable({ summary, imported }: ImportRecord): DataTable {
  const { latencyMs, ttftMs, tpotMs, chunkGapMs } = summary;
  const rows: readonly (readonly [string, ImportedDistribution | null])[] = [
    ["TTFT", ttftMs],
    ["service", latencyMs.service],
    ["TPOT", tpotMs],
    ["chunk gap", chunkGapMs],
    ...imported.others.map(({ name, values }) => [name, values] as const),
  ];
  const show = (value: unknown): string => (typeof value === "number" ? formatMs(value) : noFigure);
  return {
    title: null,
    columns: [
      { key: "time", heading: "" },
      { key: "n", heading: "n" },
      ...columns.map((name) => ({ key: `${name}Ms`, heading: name === "p999" ? "p99.9" : name, show })),
    ],
    rows: rows.flatMap(([name, values]) =>
      values === null ? [] : [{ cells: [name, values.n, ...columns.map((column) => values[column])] }],
    ),
  };
}
