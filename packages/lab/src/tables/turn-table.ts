import { noFigure, type DataTable } from "./data-table.ts";
import { showCells } from "./show-cells.ts";

/** A table of one row on its side: a line for each figure that there is, where so many columns would fit on no page. */
export function turnTable(table: DataTable): DataTable {
  const [headings = [], cells = []] = showCells(table);
  const rows = headings.map((heading, place) => [heading, cells[place] ?? noFigure] as const);
  return {
    title: table.title,
    columns: [
      { key: "figure", heading: "figure" },
      { key: "value", heading: "value" },
    ],
    rows: rows.filter(([, value]) => value !== noFigure).map((pair) => ({ cells: pair })),
  };
}
