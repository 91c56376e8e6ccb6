import path from "node:path";
import { Histogram, intervalOfRounds, toDistribution, type Distribution } from "@weir/stats";
import type { CompareRecord, SideName } from "../compare-record.ts";
import type { FileAttempt, FileLog, LoggedSide } from "./file-log.ts";

/** B / A - 1, with its paired interval over rounds; null where there are too few. */
interface ReportedChange {
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
  /** What answers told of the pages they are of, else the files themselves. */
  readonly units: {
    readonly kind: "pages" | "files";
    readonly total: number;
    readonly perSecond: number | null;
  };
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

interface ReportedSide {
  readonly url: string;
  readonly statistics: FileStatistics;
  readonly files: readonly ReportedFile[];
}

/** One file in the rounds in which both sides answered it. */
interface FileDifference extends ReportedChange {
  readonly file: string;
  /** Geometric means, in milliseconds: their quotient is the change. Null where there is no such round. */
  readonly a: number | null;
  readonly b: number | null;
}

/** The content of `--output`: a side under each of its two names, and the difference. */
export interface FileReport {
  readonly names: readonly [a: string, b: string];
  readonly sides: Readonly<Record<SideName, ReportedSide>>;
  readonly difference: {
    /** Those of the comparison, by name: `response.mean`, `units`, ... */
    readonly metrics: Readonly<Record<string, ReportedChange>>;
    readonly files: readonly FileDifference[];
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
    return ofB === undefined ? [] : [{ file: nameOf(file), ...toDifference(ofA, ofB) }];
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
  { files, windowMs, pages }: LoggedSide,
  nameOf: (file: string) => string,
): ReportedSide {
  const attempts = [...files.values()].flat();
  const succeeded = attempts.reduce((sum, each) => sum + each.succeeded, 0);
  const failed = attempts.reduce((sum, each) => sum + each.failed, 0);
  const requests = succeeded + failed;
  const perSecond = (count: number): number | null => (windowMs > 0 ? (count * 1000) / windowMs : null);
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
      units: {
        kind: pages > 0 ? "pages" : "files",
        total: pages > 0 ? pages : succeeded,
        perSecond: perSecond(pages > 0 ? pages : succeeded),
      },
      requestsPerSecond: perSecond(succeeded),
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

function toDifference(
  ofA: readonly FileAttempt[],
  ofB: readonly FileAttempt[],
): Omit<FileDifference, "file"> {
  const pairs = ofA.flatMap(({ round, latencyMs }) => {
    const other = ofB.find((each) => each.round === round)?.latencyMs ?? null;
    return latencyMs === null || other === null ? [] : [{ a: Math.log(latencyMs), b: Math.log(other) }];
  });
  if (pairs.length === 0) return { a: null, b: null, change: null, interval: null };
  const mean = (side: SideName): number =>
    Math.exp(pairs.reduce((sum, pair) => sum + pair[side], 0) / pairs.length);
  return { a: mean("a"), b: mean("b"), ...intervalOfRounds(pairs.map(({ a, b }) => b - a)) };
}

/** Files are named by what they do not have in common. */
function commonFolder(files: readonly string[]): string {
  let folder = path.dirname(files[0]!);
  while (!files.every((file) => file.startsWith(folder + path.sep)) && folder !== path.dirname(folder))
    folder = path.dirname(folder);
  return folder;
}
