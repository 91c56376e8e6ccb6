import type { ServerObservation } from "./observe-server.ts";
import type { ProcessRow } from "./process-series.ts";

/** The content of server.json: column by column, as the names of a row's fields would be most of it. */
export function encodeServerSeries({
  processes,
  metrics,
}: Pick<ServerObservation, "processes" | "metrics">): string {
  return `${JSON.stringify({ schema: 1, sliceMs: 1000, processes: toColumns(processes), metrics })}\n`;
}

function toColumns(rows: readonly ProcessRow[]): Record<string, readonly unknown[]> {
  const names = Object.keys(rows[0] ?? {}) as (keyof ProcessRow)[];
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));
}
