import { WeirError } from "@weir/protocol";
import type { Cell } from "../../tables/data-table.ts";
import { isObject } from "../read-path.ts";
import { fillDatabase } from "./fill-database.ts";
import { loadDuckDb } from "./load-duckdb.ts";

/** What SQL gives a value of: numbers, texts, lists and objects of them. Times are ISO 8601. */
export type QueryValue = Cell | readonly QueryValue[] | { readonly [name: string]: QueryValue };

export interface QueryAnswer {
  readonly columns: readonly string[];
  /** Rows as they come, some thousands at a time. */
  readonly rows: AsyncIterable<readonly (readonly QueryValue[])[]>;
}

export interface QueryOptions {
  /** Ends it; it then rejects. */
  readonly signal?: AbortSignal;
  /** Called with what could not be read, a sentence each, before the first row. */
  readonly onProblems?: (problems: readonly string[]) => void;
}

/**
 * Asks DuckDB about the runs of some folders and hands the answer to `use`. Runs are only read. What DuckDB says of SQL
 * that is no good is thrown as USAGE; ENGINE_MISSING where there is no DuckDB.
 */
export async function queryRuns<Result>(
  directories: readonly string[],
  sql: string,
  use: (answer: QueryAnswer) => Promise<Result>,
  { signal, onProblems }: QueryOptions = {},
): Promise<Result> {
  const duckdb = await loadDuckDb();
  // Nothing is fetched from anywhere because a question happens to name a function that DuckDB has elsewhere.
  const instance = await duckdb.DuckDBInstance.create(":memory:", { autoinstall_known_extensions: "false" });
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    const problems = await fillDatabase(connection, duckdb, directories, { sql, signal });
    if (problems.length > 0) onProblems?.(problems);
    signal?.throwIfAborted();
    try {
      const result = await connection.stream(sql);
      return await use({
        columns: result.deduplicatedColumnNames(),
        rows: toRows(result.yieldRowsJs(), signal),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw toUsage(error);
    }
  } finally {
    signal?.removeEventListener("abort", interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

async function* toRows(
  chunks: AsyncIterable<readonly (readonly unknown[])[]>,
  signal: AbortSignal | undefined,
): AsyncIterable<readonly (readonly QueryValue[])[]> {
  for await (const rows of chunks) {
    signal?.throwIfAborted();
    yield rows.map((row) => row.map(toValue));
  }
  // An interrupted stream ends as if it were over.
  signal?.throwIfAborted();
}

function toValue(value: unknown): QueryValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (isObject(value) && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toValue(inner)]));
  // DuckDB's own types: an interval, a UUID. They say in words what they are.
  return (value as { toString(): string }).toString();
}

function toUsage(error: unknown): unknown {
  if (error instanceof WeirError || !(error instanceof Error)) return error;
  return new WeirError(
    "USAGE",
    `DuckDB: ${error.message}\nweir runs query --schema lists views and columns.`,
    {
      cause: error,
    },
  );
}
