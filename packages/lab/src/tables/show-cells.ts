import { formatNumber } from "../record/format-number.ts";
import { noFigure, type Cell, type DataColumn, type DataTable } from "./data-table.ts";

/** The texts of a table for people, its headings first. */
export function showCells({ columns, rows }: DataTable): readonly (readonly string[])[] {
  return [
    columns.map(({ heading }) => heading),
    ...rows.map(({ cells }) => columns.map((column, place) => showCell(column, cells[place] ?? null))),
  ];
}

function showCell({ show }: DataColumn, value: Cell): string {
  if (value === null) return noFigure;
  if (show !== undefined) return show(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  return Number.isInteger(value) ? value.toLocaleString("en-US") : formatNumber(value);
}
