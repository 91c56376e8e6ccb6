/**
 * What a user does whose turn took longer than the pace. `skip`: waits for the next slot of its own grid. `slip`: the
 * classic wait of max(0, pace - taken); the next turn is due at once and all later ones move with it. `queue`: keeps
 * to its grid and catches up, turns being due in the past.
 */
export type Overrun = "skip" | "slip" | "queue";

/** How often a user begins a turn. */
export interface Pace {
  readonly everyMs: number;
  readonly overrun: Overrun;
}

/** A turn of a paced user, in milliseconds on any one clock. */
export interface Turn {
  /** When the user's first turn was due: the beginning of its grid. */
  readonly firstDueMs: number;
  readonly dueMs: number;
  readonly endMs: number;
}

/** When the turn after this one is due. With `queue` that may be in the past. */
export function nextDueMs(pace: Pace, turn: Turn): number {
  const { everyMs, overrun } = pace;
  const { firstDueMs, dueMs, endMs } = turn;
  switch (overrun) {
    case "queue":
      return onGrid(firstDueMs, everyMs, slotOf(firstDueMs, everyMs, dueMs) + 1);
    case "slip":
      // end + max(0, pace - taken), with taken = end - due.
      return Math.max(dueMs + everyMs, endMs);
    case "skip": {
      const after = slotOf(firstDueMs, everyMs, dueMs) + 1;
      const free = Math.ceil((endMs - firstDueMs) / everyMs - 1e-9);
      return onGrid(firstDueMs, everyMs, Math.max(after, free));
    }
  }
}

/** Slots of a user's grid in [fromMs, toMs): what it could have attained, had no turn overrun. */
export function slotsBetween(firstDueMs: number, everyMs: number, fromMs: number, toMs: number): number {
  const before = (ms: number): number => Math.max(0, Math.ceil((ms - firstDueMs) / everyMs - 1e-9));
  return Math.max(0, before(toMs) - before(fromMs));
}

function slotOf(firstDueMs: number, everyMs: number, dueMs: number): number {
  return Math.round((dueMs - firstDueMs) / everyMs);
}

// From the slot's number and not from the turn before it: sums of doubles would drift from the grid.
function onGrid(firstDueMs: number, everyMs: number, slot: number): number {
  return firstDueMs + slot * everyMs;
}
