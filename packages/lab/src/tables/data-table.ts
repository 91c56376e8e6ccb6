/** What stands in a cell of a table. Null where there is no such figure. */
export type Cell = string | number | boolean | null;

/** One column of a table, as programs and as people know it. */
export interface DataColumn {
  /** As CSV and programs know it, with its unit: `p95Ms`. Unlike those of the other columns. */
  readonly key: string;
  /** As people read it, short: `p95`. */
  readonly heading: string;
  /** How people read a cell that is not null. @default numbers with three digits that matter, else as it is */
  readonly show?: ((value: Cell) => string) | undefined;
  /** Where its cells stand. @default the first column to the left, the others to the right */
  readonly align?: "left" | undefined;
}

export interface DataRow {
  /** As many as there are columns. */
  readonly cells: readonly Cell[];
  /** How a terminal paints it. @default plain */
  readonly tone?: "good" | "bad" | "warn" | "dim" | undefined;
}

/** Figures in rows: the one form that terminal, CSV and Markdown are made from. */
export interface DataTable {
  /** A line above it; null where it speaks for itself. */
  readonly title: string | null;
  readonly columns: readonly DataColumn[];
  readonly rows: readonly DataRow[];
}

/** What a terminal and Markdown show where there is no figure. */
export const noFigure = "-";
