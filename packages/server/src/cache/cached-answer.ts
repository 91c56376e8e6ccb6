import type { QueuedResult } from "../models/queued-backend.ts";
import type { Lookup } from "./lookup.ts";
import { isTruncated, tokensOf, toNote } from "./ram-store.ts";

/** A result of which it is known what each input took: our own replicas say so. */
export interface CountedResult extends QueuedResult {
  readonly rowTokens: readonly number[];
  readonly truncatedRows: readonly number[];
}

export function isCounted(result: QueuedResult): result is CountedResult {
  return result.rowTokens !== undefined && result.truncatedRows !== undefined;
}

/** What one computation gave, and which row each key has in it. */
export interface Computed {
  readonly result: CountedResult;
  readonly rows: ReadonlyMap<string, number>;
}

/**
 * Puts an answer together from rows that were known and rows that were computed: for this request (`own`) or for others
 * that asked for the same. Its token counts are what computing all of it would have given.
 */
export function assembleAnswer(
  model: string,
  { count, dimensions, values, notes, tally }: Lookup,
  wanted: ReadonlyMap<string, readonly number[]>,
  own: readonly Computed[],
  others: readonly Computed[],
): QueuedResult {
  let misses = 0;
  for (const [key, places] of wanted) {
    const isOwn = own.some(({ rows }) => rows.has(key));
    if (isOwn) misses++;
    const { result, rows } = (isOwn ? own : others).find((computed) => computed.rows.has(key))!;
    const row = rows.get(key)!;
    const vector = result.vectors.values.subarray(row * dimensions, (row + 1) * dimensions);
    const note = toNote(result.rowTokens[row]!, result.truncatedRows.includes(row));
    for (const place of places) {
      values.set(vector, place * dimensions);
      notes[place] = note;
    }
  }
  const rowTokens = notes.map(tokensOf);
  const inputTokens = sum(rowTokens);
  const truncatedRows = notes.flatMap((note, row) => (isTruncated(note) ? [row] : []));
  const work = own.map(({ result }) => result);
  tally.misses = misses;
  tally.shared = count - tally.ram - tally.disk - misses;
  tally.tokensSaved = inputTokens - sum(work.map((result) => result.inputTokens));
  return {
    kind: "computed",
    model,
    vectors: { count, dimensions, values },
    inputTokens,
    truncated: truncatedRows.length,
    rowTokens,
    truncatedRows,
    queueMs: sum(work.map((result) => result.queueMs)),
    loadMs: sum(work.map((result) => result.loadMs)),
    tokenizeMs: sum(work.map((result) => result.tokenizeMs ?? 0)),
    computeMs: sum(work.map((result) => result.computeMs)),
    batches: sum(work.map((result) => result.batches ?? 0)),
    paddedTokens: sum(work.map((result) => result.paddedTokens ?? 0)),
    cache: { hits: count - misses, misses, tokensSaved: tally.tokensSaved },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
