import type { ProcessRow } from "./process-series.ts";
import type { ServerObservation } from "./watch-server.ts";

/** The content of server.json: column by column, as the names of a row's fields would be most of it. */
export function encodeServerSeries({ processes }: Pick<ServerObservation, "processes">): string {
  return `${JSON.stringify({ schema: 1, sliceMs: 1000, processes: toColumns(processes) })}\n`;
}

function toColumns(rows: readonly ProcessRow[]): Record<string, readonly unknown[]> {
  const names = Object.keys(rows[0] ?? {}) as (keyof ProcessRow)[];
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));
}
