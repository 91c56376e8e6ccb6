import type { ScheduleSegment } from "@weir/stats";
import type { UnitKind } from "../workload.ts";
import type { PartResult } from "./part-result.ts";
import type { ProgressView } from "./progress-view.ts";

export interface RunOutcome {
  /** One for each worker that ended, in their order; at least one. */
  readonly parts: readonly PartResult[];
  /** What became of the others, a sentence each: the run is an interrupted one then. */
  readonly lost: readonly string[];
}

/** A run that is prepared, or going, in this thread or in several. */
export interface RunningLoad {
  /**
   * Begins, and gives what the workers found out. Rejects where the run cannot go on; nothing is left running then. One
   * that was interrupted before sends nothing.
   */
  start(): Promise<RunOutcome>;
  readonly unit: UnitKind;
  /** Time since the start; below 0 before it. */
  readonly elapsedMs: number;
  look(): ProgressView;
  append(segment: ScheduleSegment): void;
  /** Ends it as an interrupted one. */
  interrupt(): void;
  /** Ends it with this error. */
  fail(error: unknown): void;
}
