import type { Distribution, EncodedHistogram } from "@weir/stats";

/** How late the event loop's own timer was, in milliseconds, each moment weighted alike. */
export interface EventLoopDelay {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What the generator cost this machine during the window. */
export interface GeneratorCpu {
  /** Processor time per second of wall clock: 1 is one core busy all the time. */
  readonly cores: number;
  /** Share of the time that the event loop was busy, from 0 to 1. */
  readonly eventLoopBusy: number;
}

/** What one worker saw of itself, as plain data. */
export interface GeneratorReading {
  /** How long it was watched, in milliseconds. */
  readonly watchedMs: number;
  /** How late an event would have been read at any moment: every moment counts once, a stall as long as it lasts. */
  readonly loopDelayMs: EncodedHistogram;
  /** From when the schedule wanted something to when the generator turned to it, one value a request. Empty for a closed loop. */
  readonly ownLagMs: EncodedHistogram;
  /** From when a request was due to when one of the connections was free for it, of those that found none. */
  readonly connectionWaitMs: EncodedHistogram;
  readonly cpu: GeneratorCpu;
}

/** The figures that a delay of the generator would spoil, the smallest of which decides. */
export interface MeasuredTimes {
  readonly service: Distribution;
  readonly ttft: Distribution | null;
  readonly chunkGap: Distribution | null;
  readonly tpot: Distribution | null;
}
