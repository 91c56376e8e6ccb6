/** Errors of times in milliseconds: measured minus due, so the mock's own lateness is in them. */
export interface ErrorFigures {
  readonly n: number;
  readonly p50: number | null;
  /** Null where there were too few for it. */
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** How true times are at so much load. */
export interface CalibrationLevel {
  /** Streams, or requests, at a time. */
  readonly users: number;
  /** Of all streams together, as measured. */
  readonly chunksPerSecond: number;
  readonly ttftErrorMs: ErrorFigures;
  readonly chunkGapErrorMs: ErrorFigures;
  /** Of whole answers. */
  readonly responseErrorMs: ErrorFigures;
  /** The part of it that the mock itself says it was late, to the first token and with whole answers: 95th percentiles. */
  readonly mockErrorMs: { readonly ttft: number | null; readonly response: number | null };
  /** False where the generator was the bottleneck: nothing at this level can be believed. */
  readonly valid: boolean;
  /** Why it is not; empty where it is. */
  readonly reasons: readonly string[];
}

/** What a calibration holds for. */
export interface CalibratedMachine {
  readonly cpu: string;
  readonly cores: number;
  readonly nodeVersion: string;
  readonly weirVersion: string;
}

/** What is kept of a calibration, and quoted by later runs on the same machine. */
export interface Calibration {
  readonly schema: 1;
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly machine: CalibratedMachine;
  /** By rising number of users. */
  readonly levels: readonly CalibrationLevel[];
}

/** What a run says of its own error: the figures of the level that is next to it. */
export interface QuotedCalibration {
  readonly measuredAt: string;
  readonly users: number;
  readonly chunksPerSecond: number;
  /** Errors of nearly all times: the 95th percentile, or the largest where there were too few. Null where unknown. */
  readonly ttftErrorMs: number | null;
  readonly chunkGapErrorMs: number | null;
  readonly responseErrorMs: number | null;
  /** False where the run had more load than was ever calibrated: its error may be larger. */
  readonly covers: boolean;
}

/** The error of nearly all times: the 95th percentile, or the largest where there were too few. */
export function boundOf({ p95, max }: ErrorFigures): number | null {
  return p95 ?? max;
}

/**
 * What a calibration says for a run with so much load: the smallest level that is at least as large in both, else the largest
 * of all. Undefined where no level is valid.
 */
export function quoteCalibration(
  { measuredAt, levels }: Calibration,
  load: { readonly users: number; readonly chunksPerSecond: number },
): QuotedCalibration | undefined {
  const valid = levels.filter((level) => level.valid).toSorted((a, b) => a.users - b.users);
  const covering = valid.find(
    ({ users, chunksPerSecond }) => users >= load.users && chunksPerSecond >= load.chunksPerSecond,
  );
  const level = covering ?? valid.at(-1);
  if (level === undefined) return undefined;
  return {
    measuredAt,
    users: level.users,
    chunksPerSecond: level.chunksPerSecond,
    ttftErrorMs: boundOf(level.ttftErrorMs),
    chunkGapErrorMs: boundOf(level.chunkGapErrorMs),
    responseErrorMs: boundOf(level.responseErrorMs),
    covers: covering !== undefined,
  };
}
