import type { ScheduleSegment } from "@weir/stats";
import type { PartResult } from "./part-result.ts";
import type { ProgressView } from "./progress-view.ts";

/** A run that is prepared, or going, in this thread or in several. */
export interface RunningLoad {
  /**
   * Begins, and gives one result for each worker, in their order. Rejects where the run cannot go on; nothing is left
   * running then. One that was interrupted before sends nothing.
   */
  start(): Promise<readonly PartResult[]>;
  /** Time since the start; below 0 before it. */
  readonly elapsedMs: number;
  look(): ProgressView;
  append(segment: ScheduleSegment): void;
  /** Ends it as an interrupted one. */
  interrupt(): void;
  /** Ends it with this error. */
  fail(error: unknown): void;
}
