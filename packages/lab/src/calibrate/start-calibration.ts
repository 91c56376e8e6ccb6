import { captureEnvironment } from "../record/capture-environment.ts";
import { formatCount, formatMs } from "../record/format-number.ts";
import { verdictExitCodes } from "../record/run-record.ts";
import { withoutRunAdvice } from "../record/describe-result.ts";
import { writeRecord } from "../record/write-record.ts";
import { createRunFolder, discardRunFolder } from "../run/run-folder.ts";
import type { StartRunOptions } from "../run/start-run.ts";
import type { CalibrateRecord, CalibrateVerdictKind } from "./calibrate-record.ts";
import { boundOf, type Calibration, type CalibrationLevel } from "./calibration.ts";
import { describeThisMachine, keepCalibration } from "./calibration-file.ts";
import { childOf, measureLevel } from "./measure-level.ts";

export interface CalibrateRequest {
  /** Streams at a time, a level each. Whole numbers >= 1. */
  readonly users: readonly number[];
  /** Of one stream. Above 0. */
  readonly chunksPerSecond: number;
  /** Of the streams of a level, and once more of its whole answers. Above 0. */
  readonly durationMs: number;
  /** Folder that the calibration's own folder is made in. */
  readonly outDirectory: string;
  readonly name: string | undefined;
  /** File that later runs on this machine find it in. */
  readonly file: string;
}

export interface CalibrateOptions extends Pick<StartRunOptions, "signal" | "onProgress"> {
  /** Called before each level. */
  readonly onLevel?: (users: number, index: number) => void;
}

export interface FinishedCalibration {
  readonly record: CalibrateRecord;
  /** Absolute. */
  readonly folder: string;
  /** Why the folder, or the file for later runs, could not be written; undefined when both were. */
  readonly folderProblem: string | undefined;
  /** 0 calibrated, 5 the generator was the bottleneck at a level, 6 not measured, 130 interrupted. */
  readonly exitCode: number;
}

/**
 * Measures our own error against a mock whose times are known, level by level, and keeps it for later runs on this machine.
 * Levels that were measured are kept also where it is interrupted. Throws only where the request is no good (USAGE).
 */
export async function startCalibration(
  request: CalibrateRequest,
  options: CalibrateOptions = {},
): Promise<FinishedCalibration> {
  const startedAt = new Date();
  const folder = await createRunFolder(request.outDirectory, startedAt);
  const environment = await captureEnvironment("", {
    connection: undefined,
    headers: {},
    askTarget: false,
    evidence: [],
    startedAt,
  });
  const children: string[] = [];
  const levels: CalibrationLevel[] = [];
  const toRecord = (end: End, keptIn: string | null): CalibrateRecord => ({
    schema: 1,
    kind: "calibrate",
    id: folder.id,
    name: request.name ?? null,
    children,
    environment,
    plan: {
      users: request.users,
      chunksPerSecond: request.chunksPerSecond,
      durationMs: request.durationMs,
    },
    levels,
    keptIn,
    verdict: judge(end, levels),
  });
  const { signal } = options;
  let end: End = { kind: "finished" };
  try {
    await writeRecord(folder, toRecord({ kind: "interrupted" }, null));
    for (const [index, users] of request.users.entries()) {
      if (signal?.aborted === true) break;
      options.onLevel?.(users, index);
      const plan = { ...request, users, outDirectory: folder.path };
      const { runs, level } = await measureLevel(plan, options);
      children.push(...runs.map(childOf));
      if (level !== undefined) levels.push(level);
      else end = { kind: "failed", why: withoutRunAdvice(runs.at(-1)!.record.verdict.sentence) };
      await writeRecord(folder, toRecord({ kind: "interrupted" }, null));
    }
  } catch (error) {
    if (signal?.aborted !== true) {
      await discardRunFolder(folder);
      throw error;
    }
  }
  if (signal?.aborted === true) end = { kind: "interrupted" };
  const calibration: Calibration = {
    schema: 1,
    measuredAt: startedAt.toISOString(),
    machine: describeThisMachine(),
    levels,
  };
  const useful = levels.some(({ valid }) => valid);
  const unkept = useful ? await keepCalibration(request.file, calibration) : undefined;
  const record = toRecord(end, useful && unkept === undefined ? request.file : null);
  const unwritten = await writeRecord(folder, record);
  return {
    record,
    folder: folder.path,
    folderProblem: unwritten ?? unkept,
    exitCode: verdictExitCodes[record.verdict.kind],
  };
}

type End = { readonly kind: "finished" | "interrupted" } | { readonly kind: "failed"; readonly why: string };

function judge(end: End, levels: readonly CalibrationLevel[]): CalibrateRecord["verdict"] {
  const invalid = levels.filter(({ valid }) => !valid);
  const good = levels.filter(({ valid }) => valid);
  const said = good.length === 0 ? "Nothing was calibrated." : describeLevels(good);
  const verdict = (
    kind: CalibrateVerdictKind,
    sentence: string,
    reasons: readonly string[] = [],
  ): CalibrateRecord["verdict"] => ({ kind, sentence, reasons });
  if (end.kind === "interrupted") return verdict("interrupted", `Interrupted. ${said}`);
  if (end.kind === "failed") return verdict("not-measured", `${end.why} ${said}`, [end.why]);
  if (invalid.length > 0) {
    const at = invalid.map(({ users }) => formatCount(users, "user")).join(" and ");
    const reasons = invalid.flatMap(({ users, reasons: all }) =>
      all.map((each) => `${formatCount(users, "user")}: ${each}`),
    );
    return verdict("invalid", `Not to be believed at ${at} on this machine. ${said}`, reasons);
  }
  return verdict("pass", said);
}

/** The error at the most users that can be believed, and at the fewest. */
function describeLevels(levels: readonly CalibrationLevel[]): string {
  const one = ({ users, ttftErrorMs, chunkGapErrorMs, responseErrorMs }: CalibrationLevel): string => {
    const error = (bound: number | null): string =>
      bound === null ? "unknown" : formatMs(Math.max(0, bound));
    return `at ${formatCount(users, "user")} TTFT is off by ${error(boundOf(ttftErrorMs))}, a chunk gap by ${error(boundOf(chunkGapErrorMs))}, a response by ${error(boundOf(responseErrorMs))}`;
  };
  const shown = levels.length === 1 ? levels : [levels[0]!, levels.at(-1)!];
  return `On this machine nearly all times are true to within this: ${shown.map(one).join("; ")}.`;
}
