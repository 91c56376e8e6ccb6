import type { MockOptions } from "./mock-options.ts";
import type { OutcomeLog } from "./outcome-log.ts";
import type { SlotQueue } from "./slot-queue.ts";
import type { PreciseTimer } from "./timing/precise-timer.ts";
import type { TimingRecord } from "./timing/timing-record.ts";

/** What all requests of one mock share. */
export interface MockContext {
  readonly options: MockOptions;
  /** When it began to listen, on the monotonic clock: periodic stalls count from here. */
  readonly startedMs: number;
  readonly timer: PreciseTimer;
  readonly timing: TimingRecord;
  readonly log: OutcomeLog;
  readonly slots: SlotQueue;
}
