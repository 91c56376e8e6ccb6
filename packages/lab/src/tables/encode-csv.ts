import type { Cell, DataTable } from "./data-table.ts";

/**
 * A table as CSV (RFC 4180, but with line feeds): the keys of its columns, then full figures. What is not there is an
 * empty field.
 */
export function encodeCsv({ columns, rows }: DataTable): string {
  const lines = [columns.map(({ key }) => key), ...rows.map(({ cells }) => cells.map(toField))];
  return lines.map((fields) => `${fields.map(quoteField).join(",")}\n`).join("");
}

function toField(value: Cell): string {
  return value === null ? "" : String(value);
}

function quoteField(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
