import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late timers of this process fired, in milliseconds. */
interface EventLoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface EventLoopWatch extends Disposable {
  /** Over the last whole window, or since the start while that is shorter. */
  read(): EventLoopDelay;
}

const resolutionMs = 10;
/** Fixed, so that it does not depend on who asks and how often. */
const windowMs = 10_000;

export function watchEventLoopDelay(): EventLoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  let last: EventLoopDelay | undefined;
  // Node's histogram holds the whole time between two firings, the time it meant to wait included.
  const lateMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  const summarize = (): EventLoopDelay =>
    histogram.count === 0
      ? { p50Ms: 0, p99Ms: 0, maxMs: 0 }
      : {
          p50Ms: lateMs(histogram.percentile(50)),
          p99Ms: lateMs(histogram.percentile(99)),
          maxMs: lateMs(histogram.max),
        };
  const timer = setInterval(() => {
    last = summarize();
    histogram.reset();
  }, windowMs);
  timer.unref();
  histogram.enable();
  return {
    read: () => last ?? summarize(),
    [Symbol.dispose]() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
