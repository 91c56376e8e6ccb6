import {
  axesOf,
  countRequests,
  encodeCsv,
  encodeMarkdownTable,
  formatCount,
  type Cell,
  type DataTable,
  type SweepMatrix,
  type VisitBudget,
} from "@weir/lab";
import type { CommandContext } from "../command-context.ts";
import { createPaint } from "../console/paint.ts";
import { describeTable } from "../results/describe-table.ts";
import type { ResultFormat } from "../results/result-format.ts";

/** Prints the cases of a sweep, and how they come to their number. */
export function listCases(
  matrix: SweepMatrix,
  budget: VisitBudget,
  context: CommandContext,
  format: ResultFormat,
): void {
  const { stdout, env } = context;
  const table = toTable(matrix, budget);
  switch (format) {
    case "json":
      stdout.write(`${JSON.stringify(matrix, undefined, 2)}\n`);
      return;
    case "csv":
      stdout.write(encodeCsv(table));
      return;
    case "md":
      stdout.write(encodeMarkdownTable(table));
      return;
    case "table":
      stdout.write(
        `${[...describeTable(table, createPaint(stdout, env)), "", describeCount(matrix, budget)].join("\n")}\n`,
      );
  }
}

function toTable(matrix: SweepMatrix, budget: VisitBudget): DataTable {
  const axes = axesOf(matrix.kind).filter((axis) => matrix.axes[axis] !== undefined);
  return {
    title: null,
    columns: [
      { key: "series", heading: "series" },
      ...axes.map((axis) => ({ key: axis, heading: axis, show })),
      { key: "leastRequests", heading: "requests, at least", show },
    ],
    rows: matrix.cases.map((swept) => ({
      cells: [swept.series, ...axes.map((axis) => swept.settings[axis] ?? null), leastOf(swept, budget)],
    })),
  };
}

const show = (value: Cell): string => (value as number).toLocaleString("en-US");

/** Over all repeats, on a server too slow for more. */
function leastOf(swept: SweepMatrix["cases"][number], budget: VisitBudget): number {
  return Array.from({ length: budget.repeats }, (_, repeat) =>
    countRequests({ case: swept, repeat }, budget, { requests: 0, tookMs: 0 }),
  ).reduce((sum, count) => sum + count, 0);
}

function describeCount(
  { cases }: SweepMatrix,
  { repeats, mostRequests, leastRequests, timeMs }: VisitBudget,
): string {
  const scaling = cases.filter(({ series }) => series === "scaling").length;
  const grid = cases.length - scaling;
  const parts =
    scaling === 0 ? "" : ` = ${grid} of the grid with one user + ${scaling} of the series over users`;
  const more =
    mostRequests > leastRequests
      ? `, and up to ${mostRequests} requests of each where they fit in ${timeMs / 1000} s`
      : "";
  return `${formatCount(cases.length, "case")}${parts}; each is visited ${formatCount(repeats, "time")}, in another shuffled order each time${more}.`;
}
