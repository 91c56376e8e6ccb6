import {
  nextDueMs,
  slotsBetween,
  userChanges,
  type ClosedLoopSchedule,
  type Pace,
  type PacedSchedule,
  type Schedule,
  type UserChange,
  type WorkerSlice,
} from "@weir/stats";
import type { DueTimer } from "./due-timer.ts";
import {
  roundingMs,
  toAttainment,
  type Attainment,
  type DriverHost,
  type LoadDriver,
} from "./load-driver.ts";
import type { TurnOwner } from "./user-host.ts";
import type { VirtualUser } from "./virtual-user.ts";

export interface UserCrowdParts {
  readonly schedule: ClosedLoopSchedule | PacedSchedule;
  readonly slice: WorkerSlice;
  /** When the schedule begins, and when what is due counts. */
  readonly startMs: number;
  readonly windowStartMs: number;
  /** When the run ends whatever is due; Infinity where it is not timed. */
  readonly deadlineMs: number;
  readonly timer: DueTimer;
  /** More users than this never come. */
  readonly maxUsers: number;
  readonly host: DriverHost;
  createUser(index: number, owner: TurnOwner | undefined): VirtualUser;
}

/** A paced user's grid. */
interface Grid {
  readonly firstDueMs: number;
  /** Of the turn after the last one that was begun, for users who queue. */
  nextDueMs: number;
  leftMs: number;
}

/** Users who come and go as the schedule says, each sending again when answered, or at a pace. */
export class UserCrowd implements LoadDriver, TurnOwner {
  readonly #parts: UserCrowdParts;
  readonly #pace: Pace | undefined;
  #changes: Iterator<UserChange, void, undefined>;
  #applied = 0;
  readonly #present = new Map<number, VirtualUser>();
  // Who has left the crowd may still wait for an answer.
  readonly #alive = new Set<VirtualUser>();
  readonly #grids = new Map<VirtualUser, Grid>();
  // Paced users in a turn; one that left during it may be stopped by now.
  readonly #busy = new Set<VirtualUser>();
  readonly #waitingSinceMs: number[] = [];
  #next: UserChange | undefined;
  #ended = 0;
  #begunInWindow = 0;
  #closed = false;

  constructor(parts: UserCrowdParts) {
    this.#parts = parts;
    this.#pace = parts.schedule.kind === "paced" ? parts.schedule.pace : undefined;
    this.#changes = userChanges(parts.schedule, parts.slice);
    this.#next = this.#readChange();
  }

  get users(): number {
    return this.#present.size;
  }

  start(): void {
    this.#applyChanges();
    // A worker may have no share of a small crowd.
    this.#endIfDone();
  }

  onTurnEnd(user: VirtualUser, dueMs: number, endMs: number, waitMs: number): void {
    this.#busy.delete(user);
    const grid = this.#grids.get(user)!;
    const next = nextDueMs(this.#pace!, { firstDueMs: grid.firstDueMs, dueMs, endMs });
    this.#beginAt(user, next, Math.max(next, endMs + waitMs));
    this.#endIfDone();
  }

  onUserDone(): void {
    this.#ended += 1;
    this.#endIfDone();
  }

  onExhausted(): void {
    this.#capGrids(performance.now());
    this.#endIfDone();
  }

  extend(schedule: Schedule): void {
    if (this.#closed || schedule.kind === "open-loop") return;
    // The changes so far are the same in the longer schedule; those at its old end were not applied yet.
    this.#changes = userChanges(schedule, this.#parts.slice);
    for (let change = 0; change < this.#applied; change += 1) this.#readChange();
    this.#next = this.#readChange();
    this.#applyChanges();
  }

  settle(endMs: number): void {
    if (this.#pace?.overrun === "queue") this.#offerQueued(endMs);
    this.#closed = true;
    this.#capGrids(endMs);
  }

  stop(endMs: number): void {
    for (const user of this.#alive) user.stop(endMs);
    for (const dueMs of this.#waitingSinceMs) this.#parts.host.leaveWaiting(endMs - dueMs, 1);
  }

  attainment(fromMs: number, toMs: number): Attainment | undefined {
    if (this.#pace === undefined) return undefined;
    const { everyMs } = this.#pace;
    let slots = 0;
    for (const { firstDueMs, leftMs } of this.#grids.values())
      slots += slotsBetween(firstDueMs, everyMs, fromMs, Math.min(leftMs, toMs));
    return toAttainment(slots, this.#begunInWindow);
  }

  readonly #applyChanges = (): void => {
    const { startMs, timer } = this.#parts;
    this.#applyUntil(performance.now());
    if (this.#next !== undefined && !this.#closed) timer.at(startMs + this.#next.atMs, this.#applyChanges);
  };

  #applyUntil(nowMs: number): void {
    const { startMs } = this.#parts;
    for (let change = this.#next; change !== undefined && !this.#closed; change = this.#next) {
      if (startMs + change.atMs > nowMs) return;
      this.#next = this.#readChange();
      this.#applied += 1;
      if (change.kind === "join") this.#join(change.user, startMs + change.atMs, startMs + change.firstDueMs);
      else this.#leave(change.user, startMs + change.atMs);
    }
  }

  #endIfDone(): void {
    const { host } = this.#parts;
    // Who would come later has nothing to do once all requests are given out, nor has who waits for the next slot.
    const done = host.exhausted
      ? this.#ended === this.#alive.size || (this.#pace !== undefined && this.#isIdle())
      : this.#ended === this.#alive.size && this.#next === undefined;
    if (done) host.onScheduleDone();
  }

  #isIdle(): boolean {
    for (const user of this.#busy) if (!user.isStopped) return false;
    return true;
  }

  #capGrids(atMs: number): void {
    for (const grid of this.#grids.values()) grid.leftMs = Math.min(grid.leftMs, atMs);
  }

  // Turns that are due behind one that has not ended were offered, and wait.
  #offerQueued(endMs: number): void {
    const pace = this.#pace!;
    for (const grid of this.#grids.values()) {
      const { firstDueMs, leftMs } = grid;
      const untilMs = Math.min(leftMs, endMs) - roundingMs;
      for (let dueMs = grid.nextDueMs; dueMs < untilMs;) {
        if (!this.#parts.host.admit(dueMs)) return;
        this.#waitingSinceMs.push(dueMs);
        dueMs = nextDueMs(pace, { firstDueMs, dueMs, endMs: dueMs });
      }
    }
  }

  // Users beyond the bound are passed over here, so that the end of the schedule is seen when the last one has come.
  #readChange(): UserChange | undefined {
    for (;;) {
      const { done, value } = this.#changes.next();
      if (done === true) return undefined;
      if (value.user < this.#parts.maxUsers) return value;
    }
  }

  #join(index: number, atMs: number, firstDueMs: number): void {
    const paced = this.#pace !== undefined;
    const user = this.#parts.createUser(index, paced ? this : undefined);
    this.#present.set(index, user);
    this.#alive.add(user);
    if (paced) {
      this.#grids.set(user, { firstDueMs, nextDueMs: firstDueMs, leftMs: Infinity });
      this.#beginAt(user, firstDueMs, firstDueMs);
    } else user.begin(atMs);
  }

  #leave(index: number, atMs: number): void {
    const user = this.#present.get(index);
    if (user === undefined) return;
    this.#present.delete(index);
    const grid = this.#grids.get(user);
    if (grid !== undefined) grid.leftMs = atMs;
    user.retire(atMs);
  }

  #beginAt(user: VirtualUser, dueMs: number, atMs: number): void {
    if (atMs <= performance.now()) this.#begin(user, dueMs);
    else
      this.#parts.timer.at(atMs, () => {
        this.#parts.host.onActed(atMs);
        this.#begin(user, dueMs);
      });
  }

  #begin(user: VirtualUser, dueMs: number): void {
    const { host, windowStartMs, deadlineMs } = this.#parts;
    // Who leaves at this moment begins no more, and neither does anyone when the run ends.
    if (this.#next?.kind === "leave") this.#applyUntil(dueMs + roundingMs);
    if (user.isStopped || this.#closed || dueMs >= deadlineMs - roundingMs) return;
    const grid = this.#grids.get(user)!;
    grid.nextDueMs = nextDueMs(this.#pace!, { firstDueMs: grid.firstDueMs, dueMs, endMs: dueMs });
    this.#busy.add(user);
    if (!user.begin(dueMs)) {
      this.#busy.delete(user);
      return;
    }
    if (dueMs >= windowStartMs - roundingMs) this.#begunInWindow += 1;
    // What would come due from now on nobody asks for.
    if (host.exhausted) this.#capGrids(Math.max(dueMs + roundingMs, performance.now()));
  }
}
