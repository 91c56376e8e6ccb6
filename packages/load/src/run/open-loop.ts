import {
  ArrivalSequence,
  scheduleLengthMs,
  type OpenLoopSchedule,
  type Schedule,
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

export interface OpenLoopParts {
  readonly schedule: OpenLoopSchedule;
  readonly slice: WorkerSlice;
  /** When what is due counts. */
  readonly windowStartMs: number;
  /** Whether the schedule may become longer: it then ends with its last segment, not with its last arrival. */
  readonly extensible: boolean;
  /** When the schedule begins. */
  readonly startMs: number;
  /** When the run ends whatever is due; what is due at that moment no longer is. Infinity where it is not timed. */
  readonly deadlineMs: number;
  readonly timer: DueTimer;
  /** Most requests in flight, each on a connection of its own. */
  readonly maxConnections: number;
  readonly host: DriverHost;
  createUser(index: number, owner: TurnOwner): VirtualUser;
}

const mostAges = 1_000_000;
const ageSteps = 1000;

/**
 * Requests that come due whoever waits. One takes the connection that was idle last, or opens one; at the bound it
 * waits for the next that is free, and its response time counts from when it was due all the same.
 */
export class OpenLoop implements LoadDriver, TurnOwner {
  readonly #parts: OpenLoopParts;
  // The schedule twice: as it comes due, and as it is sent. What waits is their difference, and takes no memory.
  readonly #offered: ArrivalSequence;
  readonly #sent: ArrivalSequence;
  readonly #connections: VirtualUser[] = [];
  readonly #idle: VirtualUser[] = [];
  #nextMs: number;
  #waiting = 0;
  #closed = false;
  #endMs: number;
  #offeredInWindow = 0;
  #sentInWindow = 0;

  constructor(parts: OpenLoopParts) {
    this.#parts = parts;
    this.#offered = new ArrivalSequence(parts.schedule, parts.slice);
    this.#sent = new ArrivalSequence(parts.schedule, parts.slice);
    this.#endMs = parts.startMs + scheduleLengthMs(parts.schedule);
    this.#nextMs = parts.startMs + this.#offered.next();
  }

  get users(): number {
    return this.#connections.length - this.#idle.length;
  }

  start(): void {
    this.#onDue();
  }

  onTurnEnd(user: VirtualUser): void {
    this.#idle.push(user);
    if (this.#waiting > 0) this.#send(true);
    else this.#endIfDone();
  }

  onUserDone(): void {
    // Connections of arrivals are never done: they wait for the next.
  }

  onExhausted(): void {
    if (!this.#parts.host.exhausted) return;
    this.#closed = true;
    this.#endIfDone();
  }

  extend(schedule: Schedule): void {
    const segment = schedule.segments.at(-1);
    if (this.#closed || segment === undefined) return;
    this.#offered.extend(segment);
    this.#sent.extend(segment);
    this.#endMs = this.#parts.startMs + scheduleLengthMs(schedule);
    if (this.#nextMs === Infinity) this.#nextMs = this.#parts.startMs + this.#offered.next();
    this.#onDue();
  }

  settle(endMs: number): void {
    while (!this.#closed && this.#nextMs < endMs - roundingMs) this.#offer();
    this.#closed = true;
  }

  stop(endMs: number): void {
    for (const user of this.#connections) user.stop(endMs);
    this.#leaveWaiting(endMs);
  }

  attainment(): Attainment {
    return toAttainment(this.#offeredInWindow, this.#sentInWindow);
  }

  readonly #onDue = (): void => {
    const nowMs = performance.now();
    const deadlineMs = this.#parts.deadlineMs - roundingMs;
    while (!this.#closed && this.#nextMs <= nowMs && this.#nextMs < deadlineMs) this.#offer();
    const heldUntilMs = this.#parts.extensible ? this.#endMs : -Infinity;
    if (this.#nextMs === Infinity && heldUntilMs <= nowMs) this.#closed = true;
    // The next arrival may be far away, and nobody waits for it.
    if (this.#parts.host.exhausted) this.#closed = true;
    this.#send();
    const nextMs = this.#nextMs === Infinity ? heldUntilMs : this.#nextMs;
    if (this.#closed) this.#endIfDone();
    else if (nextMs < deadlineMs) this.#parts.timer.at(nextMs, this.#onDue);
  };

  #offer(): void {
    const dueMs = this.#nextMs;
    if (!this.#parts.host.admit(dueMs)) {
      this.#closed = true;
      return;
    }
    this.#parts.host.onActed(dueMs);
    this.#waiting += 1;
    if (this.#isInWindow(dueMs)) this.#offeredInWindow += 1;
    this.#nextMs = this.#parts.startMs + this.#offered.next();
  }

  /** @param late whether what is sent had found no connection when it came due */
  #send(late = false): void {
    while (this.#waiting > 0) {
      const user = this.#idle.pop() ?? this.#open();
      if (user === undefined) return;
      this.#waiting -= 1;
      const dueMs = this.#parts.startMs + this.#sent.next();
      if (late) this.#parts.host.onConnectionWait(dueMs);
      if (this.#isInWindow(dueMs)) this.#sentInWindow += 1;
      user.start(dueMs);
    }
  }

  #isInWindow(dueMs: number): boolean {
    return dueMs >= this.#parts.windowStartMs - roundingMs;
  }

  // Those that wait are one by one at their ages. Beyond what a machine could send anyway they are spread evenly over
  // the rest of the time, and none is made older than it is.
  #leaveWaiting(endMs: number): void {
    const { host, startMs } = this.#parts;
    let ageMs = 0;
    for (let read = 0; this.#waiting > 0 && read < mostAges; read += 1) {
      ageMs = endMs - startMs - this.#sent.next();
      this.#waiting -= 1;
      host.leaveWaiting(ageMs, 1);
    }
    for (let step = ageSteps; step > 0 && this.#waiting > 0; step -= 1) {
      const count = Math.ceil(this.#waiting / step);
      this.#waiting -= count;
      host.leaveWaiting((ageMs * (step - 1)) / ageSteps, count);
    }
  }

  #open(): VirtualUser | undefined {
    const index = this.#connections.length;
    if (index >= this.#parts.maxConnections) return undefined;
    const user = this.#parts.createUser(index, this);
    this.#connections.push(user);
    return user;
  }

  #endIfDone(): void {
    if (this.#closed && this.#waiting === 0 && this.#idle.length === this.#connections.length)
      this.#parts.host.onScheduleDone();
  }
}
