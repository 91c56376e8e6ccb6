import {
  monitorEventLoopDelay,
  performance,
  type EventLoopUtilization,
  type IntervalHistogram,
} from "node:perf_hooks";
import type { EventLoopDelay, GeneratorCpu } from "./generator-health.ts";

const resolutionMs = 10;
const nanosecondsPerMs = 1e6;

/** Watches the thread and process that generate the load. */
export class GeneratorMonitor {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #sinceMs: number = performance.now();

  constructor() {
    this.#delay.enable();
  }

  /** Forgets what was seen so far: the window that counts begins now. */
  restart(): void {
    this.#delay.reset();
    this.#cpu = process.cpuUsage();
    this.#loop = performance.eventLoopUtilization();
    this.#sinceMs = performance.now();
  }

  /**
   * Ends the watch.
   * @param spunMs time since the restart that was spent spinning, which the event loop counts as busy
   */
  finish(spunMs = 0): { readonly eventLoopDelayMs: EventLoopDelay; readonly cpu: GeneratorCpu } {
    this.#delay.disable();
    const elapsedMs = performance.now() - this.#sinceMs;
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      eventLoopDelayMs: this.#readDelay(),
      cpu: {
        cores: elapsedMs > 0 ? (user + system) / 1000 / elapsedMs : 0,
        eventLoopBusy: this.#busy(spunMs),
      },
    };
  }

  /** What a live view shows while it goes. `spunMs` as of {@link GeneratorMonitor.finish}. */
  look(spunMs: number): { readonly delayP99Ms: number; readonly busy: number } {
    return { delayP99Ms: this.#readDelay().p99, busy: this.#busy(spunMs) };
  }

  #busy(spunMs: number): number {
    const elapsedMs = performance.now() - this.#sinceMs;
    const { utilization } = performance.eventLoopUtilization(this.#loop);
    return Number.isFinite(utilization) && elapsedMs > 0 ? Math.max(0, utilization - spunMs / elapsedMs) : 0;
  }

  #readDelay(): EventLoopDelay {
    if (this.#delay.count === 0) return { mean: 0, p50: 0, p99: 0, max: 0 };
    return {
      mean: beyond(this.#delay.mean),
      p50: beyond(this.#delay.percentile(50)),
      p99: beyond(this.#delay.percentile(99)),
      max: beyond(this.#delay.max),
    };
  }
}

// Node records the time from one firing of its timer to the next; the part beyond the interval is the delay.
function beyond(nanoseconds: number): number {
  return Math.max(0, nanoseconds / nanosecondsPerMs - resolutionMs);
}
