import { showCells, type DataTable } from "@weir/lab";
import type { Paint } from "../console/paint.ts";
import { wrapWords } from "../console/visible-text.ts";

const absent = "-";
const gap = 2;

/**
 * The rows of a check for a terminal that has no room for its table: the status of each, then what was measured and the
 * rest, with the headings as words, over as many lines as it takes.
 */
export function stackRows(table: DataTable, paint: Paint, room: number): string[] {
  const [headings = [], ...rows] = showCells(table);
  const place = headings.indexOf("status");
  const statusColumns = Math.max(...rows.map((row) => row[place]!.length)) + gap;
  const tones = { good: paint.green, bad: paint.red, warn: paint.yellow, dim: paint.dim };
  return rows.flatMap(([metric, measured, ...others], index) => {
    const words = others
      .map((value, column) => ({ heading: headings[column + 2]!, value }))
      .filter(({ heading, value }) => heading !== "status" && value !== absent)
      .map(({ heading, value }) => `, ${heading} ${value}`);
    const tone = table.rows[index]?.tone;
    const paintRow = tone === undefined ? (text: string): string => text : tones[tone];
    const status = rows[index]![place]!;
    return wrapWords(`${metric}: ${measured}${words.join("")}`, room - statusColumns)
      .map((line, nth) => (nth === 0 ? status : "").padEnd(statusColumns) + line)
      .map(paintRow);
  });
}
