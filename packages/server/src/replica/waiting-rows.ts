import type { EmbeddingBatch } from "@weir/engine";

/** A tokenised row that waits to be computed. */
export interface WaitingRow {
  /** Which of its job's inputs it is. */
  readonly row: number;
  readonly tokenIds: Int32Array;
  /** As in `PreparedInputs`, of this row. */
  readonly firstLength: number | undefined;
  readonly skippedTokens: number;
}

/** Rows as a batch, in buffers of its own that can be handed to another thread. They must agree in `skippedTokens`. */
export function joinRows(
  rows: readonly WaitingRow[],
): Pick<EmbeddingBatch, "tokenIds" | "lengths" | "firstLengths" | "skippedTokens"> {
  const lengths = Int32Array.from(rows, ({ tokenIds }) => tokenIds.length);
  const tokenIds = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let filled = 0;
  for (const row of rows) {
    tokenIds.set(row.tokenIds, filled);
    filled += row.tokenIds.length;
  }
  const { firstLength, skippedTokens } = rows[0]!;
  const firstLengths =
    firstLength === undefined ? {} : { firstLengths: Int32Array.from(rows, (row) => row.firstLength ?? 0) };
  return { tokenIds, lengths, skippedTokens, ...firstLengths };
}
