import { performance, type EventLoopUtilization } from "node:perf_hooks";
import { Histogram } from "@weir/stats";
import type { GeneratorReading } from "./generator-reading.ts";

/** Time between two looks at the event loop's delay. */
const resolutionMs = 10;

/** How many requests in flight, and how many have ended in the window, where users send as soon as they are answered. */
export interface ClosedLoopCounts {
  readonly inFlight: number;
  readonly ended: number;
}

/** A look that came in time counts so often, so that one that concerns few requests can count less. */
const fullWeight = 100;

/**
 * Watches the thread and process that generate the load. The delay of the event loop is weighted by time: a look that
 * comes late by 130 ms stands for all the looks that would have been late meanwhile, by 130 ms, 120 ms, ... Counted once
 * it would be one of two hundred, however many answers had waited in the same stall. A closed loop stands still with its
 * generator: a stall delays no more answers than are in flight, and weighs as much as they do among all of them.
 */
export class GeneratorMonitor {
  readonly #loopDelayMs = new Histogram();
  readonly #ownLagMs = new Histogram();
  readonly #connectionWaitMs = new Histogram();
  #timer: NodeJS.Timeout | undefined;
  #lookDueMs = 0;
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #sinceMs: number = performance.now();

  readonly #closedLoop: (() => ClosedLoopCounts) | undefined;

  constructor(closedLoop?: () => ClosedLoopCounts) {
    this.#closedLoop = closedLoop;
    this.#arm(this.#sinceMs);
  }

  /** Forgets what was seen so far: the window that counts begins now. */
  restart(): void {
    this.#loopDelayMs.reset();
    this.#ownLagMs.reset();
    this.#connectionWaitMs.reset();
    this.#cpu = process.cpuUsage();
    this.#loop = performance.eventLoopUtilization();
    this.#sinceMs = performance.now();
  }

  /** What was wanted at this time is being turned to now. */
  act(wantedMs: number): void {
    this.#ownLagMs.record(performance.now() - wantedMs);
  }

  /** What was due at this time found no connection, and has one now. */
  noteConnectionWait(dueMs: number): void {
    this.#connectionWaitMs.record(performance.now() - dueMs);
  }

  /**
   * Ends the watch.
   * @param spunMs time since the restart that was spent spinning, which the event loop counts as busy
   */
  finish(spunMs = 0): GeneratorReading {
    const nowMs = performance.now();
    clearTimeout(this.#timer);
    // A stall that ends with the run counts as well.
    if (nowMs >= this.#lookDueMs) this.#recordLook(nowMs);
    const watchedMs = nowMs - this.#sinceMs;
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      watchedMs,
      loopDelayMs: this.#loopDelayMs.encode(),
      ownLagMs: this.#ownLagMs.encode(),
      connectionWaitMs: this.#connectionWaitMs.encode(),
      cpu: {
        cores: watchedMs > 0 ? (user + system) / 1000 / watchedMs : 0,
        eventLoopBusy: this.#busy(spunMs),
      },
    };
  }

  /** What a live view shows while it goes. `spunMs` as of {@link GeneratorMonitor.finish}. */
  look(spunMs: number): { readonly delayP99Ms: number; readonly busy: number } {
    const delay = this.#loopDelayMs;
    return { delayP99Ms: delay.n === 0 ? 0 : delay.quantile(0.99), busy: this.#busy(spunMs) };
  }

  readonly #onLook = (): void => {
    const nowMs = performance.now();
    this.#recordLook(nowMs);
    this.#arm(nowMs);
  };

  #arm(nowMs: number): void {
    this.#lookDueMs = nowMs + resolutionMs;
    this.#timer = setTimeout(this.#onLook, resolutionMs).unref();
  }

  #recordLook(nowMs: number): void {
    // What lies before the restart belongs to the warm-up. A timer may be early by its own rounding.
    const longestMs = nowMs - this.#sinceMs;
    let lateMs = Math.max(0, nowMs - this.#lookDueMs);
    for (; lateMs > longestMs; lateMs -= resolutionMs);
    const weight = this.#weightOf(lateMs, longestMs);
    for (; lateMs >= 0; lateMs -= resolutionMs) this.#loopDelayMs.record(lateMs, weight);
  }

  #weightOf(lateMs: number, watchedMs: number): number {
    if (this.#closedLoop === undefined) return fullWeight;
    const { inFlight, ended } = this.#closedLoop();
    const endedMeanwhile = (ended / watchedMs) * lateMs;
    return endedMeanwhile <= inFlight
      ? fullWeight
      : Math.max(1, Math.round((fullWeight * inFlight) / endedMeanwhile));
  }

  #busy(spunMs: number): number {
    const elapsedMs = performance.now() - this.#sinceMs;
    const { utilization } = performance.eventLoopUtilization(this.#loop);
    return Number.isFinite(utilization) && elapsedMs > 0 ? Math.max(0, utilization - spunMs / elapsedMs) : 0;
  }
}
