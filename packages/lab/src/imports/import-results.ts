import path from "node:path";
import { runSchemaVersion } from "../record/run-record.ts";
import { readWeirVersion } from "../record/weir-version.ts";
import { createRunFolder, discardRunFolder, writeWhole, type RunFolder } from "../run/run-folder.ts";
import { describeImport } from "./describe-import.ts";
import type { ImportedTool, ImportRecord, ParsedImport } from "./import-record.ts";
import { openSource, type ImportSource } from "./import-source.ts";
import { parseImport } from "./parse-import.ts";

export interface ImportRequest {
  readonly files: readonly string[];
  /** Null of them where it is recognised. */
  readonly tool?: ImportedTool | undefined;
  /** @default the file's name */
  readonly name?: string | undefined;
  readonly outDirectory: string;
}

export interface ImportedResult {
  readonly record: ImportRecord;
  /** Absolute. */
  readonly folder: string;
}

/**
 * Makes a run folder of each measurement in files of other tools. All are read before the first folder is made: where
 * one is no good nothing is imported. Rejects with USAGE then, and where a folder cannot be written.
 */
export async function importResults(request: ImportRequest): Promise<readonly ImportedResult[]> {
  const { tool, name, outDirectory } = request;
  const parsed: { readonly source: ImportSource; readonly content: ParsedImport; readonly name: string }[] =
    [];
  for (const file of request.files) {
    const source = await openSource(file);
    const found = await parseImport(source, tool);
    const base = name ?? path.parse(source.name).name;
    for (const [place, content] of found.entries())
      parsed.push({ source, content, name: found.length === 1 ? base : `${base} ${place + 1}` });
  }
  const made: { readonly folder: RunFolder; readonly record: ImportRecord }[] = [];
  try {
    for (const { source, content, name: own } of parsed) {
      const folder = await createRunFolder(outDirectory, content.startedAt ?? source.changedAt);
      const record = toRecord(folder.id, own, source, content);
      made.push({ folder, record });
      await writeWhole(path.join(folder.path, "run.json"), `${JSON.stringify(record, undefined, 2)}\n`);
    }
  } catch (error) {
    for (const { folder } of made) await discardRunFolder(folder);
    throw error;
  }
  return made.map(({ folder, record }) => ({ folder: folder.path, record }));
}

function toRecord(id: string, name: string, source: ImportSource, content: ParsedImport): ImportRecord {
  const { tool, version, format, url, workload, model, users, ratePerSecond, summary } = content;
  const notes =
    content.startedAt === null
      ? [...content.notes, "The file does not say when it was measured: the time is that of the file."]
      : content.notes;
  return {
    schema: runSchemaVersion,
    kind: "import",
    id,
    name,
    children: [],
    plan: { url, workload: { kind: workload, model } },
    schedule: { users, ratePerSecond },
    environment: { startedAt: (content.startedAt ?? source.changedAt).toISOString() },
    summary,
    imported: {
      tool,
      version,
      format,
      files: [source.name],
      weirVersion: readWeirVersion(),
      definitions: content.definitions,
      others: content.others,
    },
    verdict: { kind: "imported", sentence: describeImport(content), reasons: notes },
  };
}
