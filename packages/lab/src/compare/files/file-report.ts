import path from "node:path";
import { Histogram, intervalOfRounds, toDistribution, type Distribution } from "@weir/stats";
import type { CompareRecord, SideName } from "../compare-record.ts";
import type { FileAttempt, FileLog, LoggedSide } from "./file-log.ts";

/** B / A - 1, with its paired interval over rounds; null where there are too few. */
export interface ReportedChange {
  readonly change: number | null;
  /** 95 %. */
  readonly interval: readonly [number, number] | null;
}

/** All files of one side together, over all rounds that it measured. */
export interface FileStatistics {
  readonly requests: number;
  readonly succeeded: number;
  readonly failed: number;
  /** From 0 to 1; null where nothing was sent. */
  readonly successRate: number | null;
  /** Response times of the files that were answered: percentiles are null where they are too few. */
  readonly latencyMs: Distribution;
  /** Completed per second of wall clock. */
  readonly requestsPerSecond: number | null;
}

export interface ReportedFile {
  readonly file: string;
  readonly succeeded: number;
  readonly failed: number;
  /** Over the rounds; null where no round has an answer. */
  readonly latencyMs: { readonly mean: number; readonly min: number; readonly max: number } | null;
  readonly attempts: readonly FileAttempt[];
}

export interface ReportedSide {
  readonly url: string;
  readonly statistics: FileStatistics;
  readonly files: readonly ReportedFile[];
}

/** The content of `--output`: a side under each of its two names, and the difference. */
export interface FileReport {
  readonly names: readonly [a: string, b: string];
  readonly sides: Readonly<Record<SideName, ReportedSide>>;
  readonly difference: {
    /** Those of the comparison, by name: `response.mean`, `units`, ... */
    readonly metrics: Readonly<Record<string, ReportedChange>>;
    readonly files: readonly ({ readonly file: string } & ReportedChange)[];
  };
}

/** What a comparison found out file by file; undefined where its workload tells no files apart. */
export function toFileReport(record: CompareRecord, log: FileLog): FileReport | undefined {
  const [a, b] = [log.of("a"), log.of("b")];
  if (a.files.size === 0 && b.files.size === 0) return undefined;
  const folder = commonFolder([...a.files.keys(), ...b.files.keys()]);
  const nameOf = (file: string): string => path.relative(folder, file);
  const metrics = record.metrics.map(({ name, change, interval }) => [name, { change, interval }] as const);
  const files = [...a.files].flatMap(([file, ofA]) => {
    const ofB = b.files.get(file);
    return ofB === undefined ? [] : [{ file: nameOf(file), ...toChange(ofA, ofB) }];
  });
  return {
    names: [record.sides.a.label, record.sides.b.label],
    sides: {
      a: toSide(record.sides.a.url, a, nameOf),
      b: toSide(record.sides.b.url, b, nameOf),
    },
    difference: { metrics: Object.fromEntries(metrics), files },
  };
}

/** As it is written to a file: `.NAME.statistics.latencyMs.p95`, `.NAME.files[]`, `.difference`. */
export function encodeFileReport({ names, sides, difference }: FileReport): string {
  const content = { [names[0]]: sides.a, [names[1]]: sides.b, difference };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

function toSide(
  url: string,
  { files, windowMs }: LoggedSide,
  nameOf: (file: string) => string,
): ReportedSide {
  const attempts = [...files.values()].flat();
  const succeeded = attempts.reduce((sum, each) => sum + each.succeeded, 0);
  const failed = attempts.reduce((sum, each) => sum + each.failed, 0);
  const requests = succeeded + failed;
  const latencies = new Histogram();
  for (const { latencyMs } of attempts) if (latencyMs !== null) latencies.record(latencyMs);
  return {
    url,
    statistics: {
      requests,
      succeeded,
      failed,
      successRate: requests === 0 ? null : succeeded / requests,
      latencyMs: toDistribution(latencies),
      requestsPerSecond: windowMs > 0 ? (succeeded * 1000) / windowMs : null,
    },
    files: [...files].map(([file, ofFile]) => toFile(nameOf(file), ofFile)),
  };
}

function toFile(file: string, attempts: readonly FileAttempt[]): ReportedFile {
  const times = attempts.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]));
  return {
    file,
    succeeded: attempts.reduce((sum, each) => sum + each.succeeded, 0),
    failed: attempts.reduce((sum, each) => sum + each.failed, 0),
    latencyMs:
      times.length === 0
        ? null
        : {
            mean: times.reduce((sum, time) => sum + time, 0) / times.length,
            min: Math.min(...times),
            max: Math.max(...times),
          },
    attempts,
  };
}

// Paired by round: a round in which one of the two has no answer says nothing.
function toChange(ofA: readonly FileAttempt[], ofB: readonly FileAttempt[]): ReportedChange {
  const ratios = ofA.flatMap(({ round, latencyMs }) => {
    const other = ofB.find((each) => each.round === round)?.latencyMs ?? null;
    return latencyMs === null || other === null ? [] : [Math.log(other / latencyMs)];
  });
  const { change, interval } = intervalOfRounds(ratios);
  return { change: Number.isFinite(change) ? change : null, interval };
}

/** Files are named by what they do not have in common. */
function commonFolder(files: readonly string[]): string {
  let folder = path.dirname(files[0]!);
  while (!files.every((file) => file.startsWith(folder + path.sep)) && folder !== path.dirname(folder))
    folder = path.dirname(folder);
  return folder;
}
