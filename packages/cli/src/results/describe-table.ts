import { showCells, type DataTable } from "@weir/lab";
import type { Paint } from "../console/paint.ts";
import { layOutTable } from "../console/text-table.ts";

/** A table as lines for a terminal: its title, its headings dimmed, each row painted by its tone. */
export function describeTable(table: DataTable, paint: Paint): string[] {
  const [headings = [], ...rows] = showCells(table);
  const tones = { good: paint.green, bad: paint.red, warn: paint.yellow, dim: paint.dim };
  const painted = rows.map((row, place) => {
    const tone = table.rows[place]?.tone;
    return tone === undefined ? row : row.map(tones[tone]);
  });
  const lines = layOutTable(
    [headings.map(paint.dim), ...painted],
    table.columns.map(({ align }) => align),
  );
  return table.title === null ? lines : [paint.bold(table.title), ...lines];
}
