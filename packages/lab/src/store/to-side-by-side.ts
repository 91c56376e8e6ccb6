import { describeTool } from "../imports/describe-import.ts";
import type { ImportedTool } from "../imports/import-record.ts";
import { formatMs, formatNumber, formatShare } from "../record/format-number.ts";
import { noFigure, type DataTable } from "../tables/data-table.ts";
import { startOf, type ListedRun } from "./list-runs.ts";

type Show = (value: number) => string;

const count: Show = (value) => value.toLocaleString("en-US");
const milliseconds: Show = (value) => formatMs(value);
const share: Show = (value) => formatShare(value);
const times = (name: string, heading: string): [string, string, Show][] =>
  ["p50", "p95", "p99", "max"].map((figure) => [
    `${name}_${figure}_ms`,
    `${heading} ${figure}`,
    milliseconds,
  ]);

/** Facts, how they are called and shown. Of those that are measured, the change is said too. */
const counted: readonly (readonly [fact: string, heading: string, show: Show])[] = [
  ["users", "users", count],
  ["rate_per_second", "rate asked for", formatNumber],
  ["window_s", "seconds measured", formatNumber],
  ["offered", "offered", count],
  ["completed", "completed", count],
  ["failed", "failed", count],
  ["failed_share", "failed share", share],
];
const measured: readonly (readonly [fact: string, heading: string, show?: Show])[] = [
  ["requests_per_second", "requests/s"],
  ["units_per_second", "units/s"],
  ["output_tokens_per_second", "output tokens/s"],
  ...times("response", "response"),
  ...times("service", "service"),
  ...times("ttft", "TTFT"),
  ["tpot_p50_ms", "TPOT p50", milliseconds],
  ["chunk_gap_p50_ms", "chunk gap p50", milliseconds],
  ["server_p50_ms", "server p50", milliseconds],
];
const described = ["name", "kind", "tool", "url", "model", "workload", "unit", "verdict"] as const;

/**
 * Stored runs beside each other, a column for each, for people: the first is what the others are compared with. What no
 * run has is left out. They were not measured in turns, so what lies between them may be the hour or the machine.
 */
export function toSideBySide(runs: readonly ListedRun[]): DataTable {
  const [first] = runs;
  const texts = described.map((fact) => [
    fact === "url" ? "target" : fact,
    ...runs.map((run) => run.facts[fact]),
  ]);
  const counts = counted.map(([fact, heading, show]) => [
    heading,
    ...runs.map((run) => showFigure(run.facts[fact], undefined, show)),
  ]);
  const figures = measured.map(([fact, heading, show = formatNumber]) => {
    const base = first?.facts[fact];
    return [
      heading,
      ...runs.map((run) => {
        // Tokens are not held against requests.
        const like = fact !== "units_per_second" || run.facts["unit"] === first?.facts["unit"];
        return showFigure(run.facts[fact], run === first || !like ? undefined : base, show);
      }),
    ];
  });
  const rows = [
    ["started", ...runs.map((run) => startOf(run).replace(/\.\d+Z$/, "Z"))],
    ...texts,
    ...counts,
    ...figures,
  ];
  return {
    title:
      "Stored runs, not interleaved: a difference may be the hour's or the machine's. weir compare measures in turns.",
    columns: [
      { key: "figure", heading: "" },
      ...runs.map((run, place) => ({ key: `run${place + 1}`, heading: run.id })),
    ],
    rows: rows
      .map((cells) => cells.map((cell) => (typeof cell === "string" && cell !== "" ? cell : noFigure)))
      .filter(([, ...cells]) => cells.some((cell) => cell !== noFigure))
      .map(([heading = "", ...cells]) => ({ cells: [heading, ...cells] })),
  };
}

/**
 * What stands in the columns of other tools, for below the table: what each figure is by the tool's own words, whether that
 * is what it means in Weir, and that a difference between two that are not the same is partly one of words.
 */
export function describeForeignFigures(runs: readonly ListedRun[]): string[] {
  return runs.flatMap(({ id, facts }) => {
    const { tool, tool_version: version, definitions } = facts;
    if (typeof tool !== "string" || !Array.isArray(definitions)) return [];
    const title = describeTool({
      tool: tool as ImportedTool,
      version: typeof version === "string" ? version : null,
    });
    return [`${id} was measured by ${title}:`, ...definitions.map((line) => `  ${String(line)}`)];
  });
}

function showFigure(value: unknown, base: unknown, show: Show): string {
  if (typeof value !== "number") return noFigure;
  if (typeof base !== "number" || base === 0 || value === base) return show(value);
  const change = (value / base - 1) * 100;
  return `${show(value)} (${change > 0 ? "+" : ""}${formatNumber(change)} %)`;
}
