import type * as duckdb from "@duckdb/node-api";
import { WeirError } from "@weir/protocol";

export type DuckDb = typeof duckdb;

/** DuckDB, which is installed where npm may install optional packages. Throws ENGINE_MISSING where it is not. */
export async function loadDuckDb(load: () => Promise<DuckDb> = importDuckDb): Promise<DuckDb> {
  try {
    return await load();
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new WeirError(
      "ENGINE_MISSING",
      `SQL over runs needs DuckDB, which cannot be loaded here (${reason}). Run: npm install @duckdb/node-api. Without it, weir runs --format csv or json gives the same columns.`,
      { cause: error },
    );
  }
}

async function importDuckDb(): Promise<DuckDb> {
  return await import("@duckdb/node-api");
}
