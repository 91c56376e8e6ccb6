import { jobClasses } from "./job.ts";

/** Time over which the load of a class is averaged. */
const memoryMs = 2_000;
/** Higher classes may take all there is; the wait is then as long as ageing lets it be. */
const leastShare = 0.001;

/**
 * How much of the capacity each class has used lately, as cost started per second with exponential decay. Work of a
 * higher class that is still to come delays a job as much as what waits already, and this is the best guess of it.
 */
export class ClassLoad {
  readonly #inTurn: number[] = jobClasses.map(() => 0);
  readonly #aged: number[] = jobClasses.map(() => 0);
  #decayedAtMs = 0;

  note(turn: { rank: number; aged: boolean }, cost: number, nowMs: number): void {
    this.#decay(nowMs);
    const loads = turn.aged ? this.#aged : this.#inTurn;
    loads[turn.rank]! += cost;
  }

  /** The part of the capacity that is left to this class, in its own turns: above 0, at most 1. */
  shareLeft(rank: number, costPerSecond: number, nowMs: number): number {
    this.#decay(nowMs);
    let taken = 0;
    for (let other = 0; other < rank; other++) taken += this.#inTurn[other]! + this.#aged[other]!;
    for (let other = rank + 1; other < jobClasses.length; other++) taken += this.#aged[other]!;
    const load = taken / (memoryMs / 1_000) / costPerSecond;
    return Math.min(1, Math.max(leastShare, 1 - load));
  }

  #decay(nowMs: number): void {
    const factor = Math.exp(-(nowMs - this.#decayedAtMs) / memoryMs);
    this.#decayedAtMs = nowMs;
    for (const loads of [this.#inTurn, this.#aged]) {
      for (let rank = 0; rank < loads.length; rank++) loads[rank]! *= factor;
    }
  }
}
