import { visibleWidth } from "./visible-text.ts";

/**
 * Rows as aligned lines: the first column to the left, the others to the right unless `aligned` says so, two spaces between.
 */
export function layOutTable(
  rows: readonly (readonly string[])[],
  aligned: readonly ("left" | undefined)[] = [],
): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, visibleWidth(cell));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = " ".repeat(widths[column]! - visibleWidth(cell));
        return column === 0 || aligned[column] === "left" ? cell + space : space + cell;
      })
      .join("  ")
      .trimEnd(),
  );
}
