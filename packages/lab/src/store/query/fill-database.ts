import path from "node:path";
import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";
import { runColumns, type Fact, type FactType } from "../run-columns.ts";
import { scanRuns, type ReadRun } from "../scan-runs.ts";
import type { DuckDb } from "./load-duckdb.ts";
import { checkParquet } from "./sample-files.ts";
import { readSlices, sliceColumns } from "./slice-columns.ts";
import { storeViews } from "./store-views.ts";

interface FillOptions {
  /** What is not mentioned in it is not read: slices and samples are many times as much as runs. */
  readonly sql: string;
  readonly signal: AbortSignal | undefined;
}

/** Makes the views `runs`, `slices` and `samples` of some folders. Gives what could not be read, a sentence each. */
export async function fillDatabase(
  connection: DuckDBConnection,
  duckdb: DuckDb,
  directories: readonly string[],
  { sql, signal }: FillOptions,
): Promise<string[]> {
  const asked = (view: string): boolean => new RegExp(String.raw`\b${view}\b`, "i").test(sql);
  const [askedSlices, askedSamples] = [asked("slices"), asked("samples")];
  for (const { name, columns } of storeViews) {
    if (name === "samples" && askedSamples) continue;
    const list = columns.map((column) => `${quoteName(column.name)} ${column.type}`).join(", ");
    await connection.run(`CREATE TABLE ${name} (${list})`);
  }
  const runs = await connection.createAppender("runs");
  const slices = await connection.createAppender("slices");
  const sampleFiles: { readonly run: string; readonly file: string }[] = [];
  const problems: string[] = [];
  const take = (run: ReadRun): void => {
    runColumns.forEach(({ type, read }) => append(runs, duckdb, type, read(run)));
    runs.appendVarchar(run.text);
    runs.endRow();
    if (askedSlices) {
      const rows = readSlices(run.folder, run.id);
      if (rows === undefined) problems.push(`${run.folder}: slices.json cannot be read`);
      for (const row of rows ?? []) {
        row.forEach((fact, place) => append(slices, duckdb, sliceColumns[place]!.type, fact));
        slices.endRow();
      }
    }
    if (!askedSamples) return;
    const file = path.join(run.folder, "samples.parquet");
    const state = checkParquet(file);
    if (state === "whole") sampleFiles.push({ run: run.id, file });
    if (state === "damaged") problems.push(`${file} is damaged`);
  };
  await scanRuns(
    directories,
    (run) => {
      if (run.kind === "readable") take(run);
      else problems.push(`${run.folder}: ${run.reason}`);
    },
    { children: true, ...(signal !== undefined && { signal }) },
  );
  runs.closeSync();
  slices.closeSync();
  if (askedSamples) await createSamples(connection, sampleFiles);
  return problems;
}

/**
 * The files stay where they are: DuckDB reads of them what a question needs. Beside them stands a table without rows, so that
 * every column is there, whatever version of Weir wrote the files.
 */
async function createSamples(
  connection: DuckDBConnection,
  files: readonly { readonly run: string; readonly file: string }[],
): Promise<void> {
  const { columns } = storeViews.find(({ name }) => name === "samples")!;
  const none = files.length === 0 ? "samples" : "no_samples";
  await connection.run(
    `CREATE TABLE ${none} (${columns.map(({ name, type }) => `${quoteName(name)} ${type}`).join(", ")})`,
  );
  if (files.length === 0) return;
  await connection.run("CREATE TABLE sample_files (run VARCHAR, file VARCHAR)");
  const appender = await connection.createAppender("sample_files");
  for (const { run, file } of files) {
    appender.appendVarchar(run);
    appender.appendVarchar(file);
    appender.endRow();
  }
  appender.closeSync();
  const list = files.map(({ file }) => quoteText(escapeGlob(file))).join(", ");
  await connection.run(
    `CREATE VIEW samples AS FROM no_samples UNION ALL BY NAME SELECT f.run, s.* EXCLUDE (filename)
     FROM read_parquet([${list}], union_by_name = true, filename = true) s JOIN sample_files f ON s.filename = f.file`,
  );
}

/** A path of which DuckDB takes every character for itself. */
function escapeGlob(file: string): string {
  return file.replaceAll(/[*?[]/g, "[$&]");
}

function append(appender: DuckDBAppender, duckdb: DuckDb, type: FactType, fact: Fact): void {
  if (fact === null) appender.appendNull();
  else if (typeof fact === "string" && type === "TIMESTAMP")
    appender.appendTimestamp(new duckdb.DuckDBTimestampValue(BigInt(Date.parse(fact)) * 1000n));
  else if (typeof fact === "string") appender.appendVarchar(fact);
  else if (typeof fact === "boolean") appender.appendBoolean(fact);
  else if (typeof fact === "number" && type === "BIGINT") appender.appendBigInt(BigInt(Math.round(fact)));
  else if (typeof fact === "number") appender.appendDouble(fact);
  else appender.appendList([...fact], duckdb.LIST(duckdb.VARCHAR));
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
