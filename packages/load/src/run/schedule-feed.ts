import { appendSegment, scheduleLengthMs, type Schedule, type ScheduleSegment } from "@weir/stats";

/** A run, as far as its schedule can be changed. */
export interface FedRun {
  readonly schedule: Schedule;
  /** Time since the run began. */
  readonly elapsedMs: number;
  append(longer: Schedule, segment: ScheduleSegment): void;
}

/** What the workers of a run need to be told in time. */
const leadMs = 100;

/**
 * Puts segments to the end of a run's schedule while the run goes. Give it to one run; what it appended, and when,
 * stands in the result.
 */
export class ScheduleFeed {
  #run: FedRun | undefined;

  /**
   * Throws a RangeError where no run is going, the segment does not fit (see `appendSegment`), or the schedule's end is
   * reached or so near that not every worker would hear of it.
   */
  append(segment: ScheduleSegment): void {
    const run = this.#run;
    if (run === undefined)
      throw new RangeError("a segment can be appended only while a run is going. Start one with this feed.");
    const leftMs = scheduleLengthMs(run.schedule) - run.elapsedMs;
    if (leftMs < leadMs)
      throw new RangeError(
        `a segment must be appended ${leadMs} ms before the schedule ends, got ${Math.round(leftMs)} ms. Append it earlier.`,
      );
    run.append(appendSegment(run.schedule, segment), segment);
  }

  /** Called by the run: undefined when it is over. */
  attach(run: FedRun | undefined): void {
    this.#run = run;
  }
}
