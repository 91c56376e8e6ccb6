import path from "node:path";
import { captureEnvironment } from "../record/capture-environment.ts";
import { writeRecord } from "../record/write-record.ts";
import { createRunFolder, discardRunFolder, writeWhole, type RunFolder } from "../run/run-folder.ts";
import type { CompareProgress } from "./compare-progress.ts";
import { compareExitCodes, type CompareRecord } from "./compare-record.ts";
import type { CompareRequest } from "./compare-request.ts";
import { encodeFileReport, toFileReport, type FileReport } from "./files/file-report.ts";
import type { CompareEnd } from "./judge-comparison.ts";
import { lookAtSides } from "./look-at-sides.ts";
import { Measurement } from "./measurement.ts";
import { openSides } from "./open-sides.ts";
import { runRounds } from "./run-rounds.ts";

export interface StartCompareOptions {
  /** Ends the comparison; what was measured so far is judged and recorded. */
  readonly signal?: AbortSignal;
  /** Called a few times a second while a half is on, and when something else begins. */
  readonly onProgress?: (progress: CompareProgress) => void;
}

export interface FinishedCompare {
  readonly record: CompareRecord;
  /** Absolute path of its folder: run.json, a folder for each half, what started servers printed, and files.json. */
  readonly folder: string;
  /** Why something could not be written there; undefined when all was. */
  readonly folderProblem: string | undefined;
  /** File by file, where the workload tells files apart. */
  readonly files?: FileReport | undefined;
  /** 0 faster or same, 1 slower or a limit missed, 3 stopped, 4 inconclusive, 5 invalid, 6 not measured, 130 interrupted. */
  readonly exitCode: number;
}

/**
 * Compares two sides in rounds: in each of them both get the same load, one after the other, A first in one round and B
 * first in the next, until the rounds say which is better or there have been as many as may be. Its record is written
 * after each round and on every path. Throws only where the request itself is no good (USAGE, INVALID_REQUEST).
 */
export async function startCompare(
  request: CompareRequest,
  { signal, onProgress = () => {} }: StartCompareOptions = {},
): Promise<FinishedCompare> {
  const startedAt = new Date();
  const folder = await createRunFolder(request.outDirectory, startedAt);
  const environment = await captureEnvironment(request.a.run.url, {
    headers: request.a.run.headers,
    connection: request.a.run.connection,
    // Each half asks its own target.
    askTarget: false,
    evidence: [],
    startedAt,
  });
  const measurement = new Measurement(request, folder, environment);
  // Who is killed in the first round has left what was asked for.
  await measurement.save();
  await using sides = openSides(request, folder.path);
  const means = { request, measurement, sides, signal, onProgress };
  let end: CompareEnd;
  try {
    end = (await lookAtSides(means)) ?? (await runRounds(means));
  } catch (error) {
    // Nothing has been measured: the request was no good.
    if (measurement.rounds.length === 0) await discardRunFolder(folder);
    throw error;
  }
  return await conclude(measurement, folder, end);
}

async function conclude(
  measurement: Measurement,
  folder: RunFolder,
  end: CompareEnd,
): Promise<FinishedCompare> {
  const record = measurement.toRecord(end);
  const files = toFileReport(record, measurement.files);
  const problem =
    (await writeRecord(folder, record)) ?? (await writeFiles(folder, files)) ?? measurement.folderProblem;
  const folderProblem = end.kind === "no-folder" ? end.reason : problem;
  return {
    record,
    folder: folder.path,
    folderProblem,
    files,
    exitCode: compareExitCodes[record.verdict.kind],
  };
}

async function writeFiles(folder: RunFolder, files: FileReport | undefined): Promise<string | undefined> {
  if (files === undefined) return undefined;
  try {
    await writeWhole(path.join(folder.path, "files.json"), encodeFileReport(files));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
