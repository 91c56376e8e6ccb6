import type { HttpTarget } from "./http-target.ts";

/** Shorter rests are what any two requests have between them: who closes then does not close for idleness. */
export const leastRestMs = 500;
/** Closes that must agree before anything is concluded from them. */
const leastCloses = 3;
const keptCloses = 8;
/** How far they may be apart: a server that restarts closes connections of every age. */
const mostSpread = { share: 0.2, plusMs: 100 } as const;
/** A connection is given up so much before its time. */
const margin = 0.1;

/** How long a server that says nothing of it lets a connection rest, as far as its closes tell. */
export class IdleLimit {
  readonly #closes: number[] = [];
  #ms = Infinity;

  /** How long a connection may rest before it is no longer used; Infinity while nothing is known. */
  get ms(): number {
    return this.#ms;
  }

  /** The server has closed a connection that had rested for so long. */
  note(restedMs: number): void {
    if (restedMs < leastRestMs) return;
    const closes = this.#closes;
    closes.push(restedMs);
    if (closes.length > keptCloses) closes.shift();
    if (closes.length < leastCloses) return;
    const shortest = Math.min(...closes);
    const longest = Math.max(...closes);
    const agree = longest - shortest <= longest * mostSpread.share + mostSpread.plusMs;
    this.#ms = agree ? shortest * (1 - margin) : Infinity;
  }
}

const limits = new WeakMap<HttpTarget, IdleLimit>();

/** One for all connections to a target. */
export function idleLimitOf(target: HttpTarget): IdleLimit {
  let limit = limits.get(target);
  if (limit === undefined) {
    limit = new IdleLimit();
    limits.set(target, limit);
  }
  return limit;
}
