import { createGapSource } from "./arrival-process.ts";
import { createRandom, type RandomSource } from "./random.ts";
import { segmentLengthMs, type OpenLoopSchedule, type ScheduleSegment } from "./schedule.ts";

/** One of several workers that share a schedule. */
export interface WorkerSlice {
  /** Whole number from 0 on, below `workers`. */
  readonly worker: number;
  readonly workers: number;
}

const whole: WorkerSlice = { worker: 0, workers: 1 };

/**
 * The due times of an open-loop schedule, one after the other, made when they are asked for: memory does not depend on
 * how many there are.
 *
 * Gaps of mean 1 are drawn on a clock that runs as fast as the rate: the n-th request is due when the integral of the
 * rate has reached the sum of the first n gaps. Ramps therefore have exactly the requests that their area says.
 *
 * Every worker makes the whole sequence and keeps its own share, so all shares together are exactly the sequence of
 * one worker. Constant and replayed arrivals are dealt in turn: each share is as regular as the whole. Random ones
 * are dealt at random: a share of a Poisson process is a Poisson process. (A share of gamma arrivals is no gamma
 * process, whatever the dealing; here its squared coefficient of variation is (1 / shape + workers - 1) / workers.)
 */
export class ArrivalSequence {
  readonly #segments: ScheduleSegment[];
  readonly #slice: WorkerSlice;
  readonly #random: RandomSource;
  readonly #deal: RandomSource;
  #drawGap: () => number = () => 0;
  #segment = -1;
  #segmentStartMs = 0;
  #segmentEndMs = 0;
  // Arrivals that the rate had come to when the segment began, and that it is to reach for the next one.
  #areaBefore = 0;
  #nextArea = 0;
  #index = -1;
  #place = 0;

  constructor(schedule: OpenLoopSchedule, slice: WorkerSlice = whole) {
    this.#segments = [...schedule.segments];
    this.#slice = slice;
    this.#random = createRandom(schedule.seed);
    // Another sequence than that of the gaps, the same for every worker.
    this.#deal = createRandom(schedule.seed + 0x9e3779b97f4a);
    this.#enterNext();
    // Constant arrivals begin at once; where gaps are random, so is the first.
    const [first] = this.#segments;
    if (first?.kind === "rate" && first.arrivals.kind !== "constant") this.#nextArea = this.#drawGap();
  }

  /** The next due time of this share in milliseconds from the schedule's start; Infinity when there are no more. */
  next(): number {
    const { worker, workers } = this.#slice;
    for (;;) {
      const dueMs = this.#nextOfAll();
      if (workers === 1 || dueMs === Infinity || this.#owner() === worker) return dueMs;
    }
  }

  /**
   * Puts a segment to the end, as `appendSegment` does: what comes is what the longer schedule would have given from the
   * beginning. A sequence that said there were no more may then have more.
   */
  extend(segment: ScheduleSegment): void {
    this.#segments.push(segment);
    if (this.#segment === this.#segments.length - 1) this.#begin(segment);
  }

  #owner(): number {
    const segment = this.#segments[this.#segment]!;
    const random = this.#deal();
    const dealtInTurn = segment.kind !== "rate" || segment.arrivals.kind === "constant";
    return dealtInTurn ? this.#index % this.#slice.workers : Math.floor(random * this.#slice.workers);
  }

  #nextOfAll(): number {
    while (this.#segment < this.#segments.length) {
      const dueMs = this.#nextInSegment(this.#segments[this.#segment]!);
      if (dueMs !== undefined) {
        this.#index += 1;
        return dueMs;
      }
      this.#enterNext();
    }
    return Infinity;
  }

  #nextInSegment(segment: ScheduleSegment): number | undefined {
    switch (segment.kind) {
      case "users":
        return undefined;
      case "replay": {
        const dueMs = segment.dueMs[this.#place];
        this.#place += 1;
        return dueMs === undefined ? undefined : this.#segmentStartMs + dueMs;
      }
      case "rate": {
        // By area and not by time: the last of 70 a second for 3 s would be due at 2,999.9999999999995 ms.
        const area = this.#nextArea - this.#areaBefore;
        if (area >= areaOf(segment) - roundingOf(this.#nextArea)) return undefined;
        const afterMs = timeToArea(segment, area);
        const dueMs = this.#segmentStartMs + afterMs;
        if (Number.isNaN(afterMs) || dueMs >= this.#segmentEndMs) return undefined;
        this.#nextArea += this.#drawGap();
        return dueMs;
      }
    }
  }

  #enterNext(): void {
    const left = this.#segments[this.#segment];
    if (left?.kind === "rate" && left.durationMs !== null) this.#areaBefore += areaOf(left);
    this.#segment += 1;
    this.#segmentStartMs = this.#segmentEndMs;
    this.#place = 0;
    const entered = this.#segments[this.#segment];
    if (entered !== undefined) this.#begin(entered);
  }

  #begin(segment: ScheduleSegment): void {
    this.#segmentEndMs = this.#segmentStartMs + segmentLengthMs(segment);
    if (segment.kind === "rate") this.#drawGap = createGapSource(segment.arrivals, this.#random);
  }
}

/** Requests that a segment has in all. */
function areaOf(segment: Extract<ScheduleSegment, { kind: "rate" }>): number {
  if (segment.durationMs === null) return Infinity;
  return ((segment.fromPerSecond + segment.toPerSecond) * segment.durationMs) / 2000;
}

// Sums of areas are exact to about this much; an arrival so near to a segment's end is due in the next one.
function roundingOf(area: number): number {
  return 1e-9 * Math.max(1, area);
}

/**
 * Milliseconds until the rate's integral reaches `area` requests; NaN where it never does. Solves
 * `a t^2 + b t = area` in the form that keeps its digits when a is small.
 */
function timeToArea(segment: Extract<ScheduleSegment, { kind: "rate" }>, area: number): number {
  if (segment.fromPerSecond + segment.toPerSecond === 0) return Number.NaN;
  if (area <= 0) return 0;
  const b = segment.fromPerSecond / 1000;
  const a = segment.durationMs === null ? 0 : (segment.toPerSecond / 1000 - b) / (2 * segment.durationMs);
  const root = Math.sqrt(b * b + 4 * a * area);
  return b + root === 0 ? Number.NaN : (2 * area) / (b + root);
}
