import type { RecordHead } from "../record/record-head.ts";
import type { CalibrationLevel } from "./calibration.ts";

export type CalibrateVerdictKind = "pass" | "invalid" | "not-measured" | "interrupted";

/** The run.json of a calibration. Its JSON schema is `schema/calibrate-1.json` of this package. */
export interface CalibrateRecord extends RecordHead<"calibrate", CalibrateVerdictKind> {
  readonly plan: {
    readonly users: readonly number[];
    /** Of one stream. */
    readonly chunksPerSecond: number;
    /** Of the streams of a level, and once more of its whole answers. */
    readonly durationMs: number;
  };
  /** Those that were measured, by rising number of users. */
  readonly levels: readonly CalibrationLevel[];
  /** The file in which it is kept for later runs; null where it is not. */
  readonly keptIn: string | null;
}
