import type { RequestClocks, RequestOutcome } from "../recording/request-clocks.ts";
import type { PartResult } from "./part-result.ts";
import type { ProgressView } from "./progress-view.ts";
import type { VirtualUser } from "./virtual-user.ts";

/** What one worker has under way and has used, whatever the phase. */
export class RequestCounts {
  // Everyone who ever sent: who does it now is asked of them only when a rule is about to end the run.
  readonly #users: VirtualUser[] = [];
  // Admitted and not ended. What of it is not in flight waits for a connection.
  #pending = 0;
  #inFlight = 0;
  #opened = 0;
  #lostWhileIdle = 0;
  #sent = 0;

  look(): Pick<ProgressView, "inFlight" | "waiting"> {
    return { inFlight: this.#inFlight, waiting: this.#pending - this.#inFlight };
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Connections, those that were lost while idle, and requests handed to sockets, those sent again too. */
  get connections(): Pick<PartResult, "connectionsOpened" | "connectionsLostWhileIdle" | "requestsSent"> {
    return {
      connectionsOpened: this.#opened,
      connectionsLostWhileIdle: this.#lostWhileIdle,
      requestsSent: this.#sent,
    };
  }

  /** Since when the oldest request in flight has been waited for; Infinity where none is. */
  get oldestPendingMs(): number {
    return this.#users.reduce((oldest, user) => Math.min(oldest, user.pendingSinceMs), Infinity);
  }

  addUser(user: VirtualUser): void {
    this.#users.push(user);
  }

  offer(): void {
    this.#pending += 1;
  }

  /** They never were sent. */
  leave(count: number): void {
    this.#pending -= count;
  }

  connect(): void {
    this.#opened += 1;
  }

  loseWhileIdle(): void {
    this.#lostWhileIdle += 1;
    this.#sent += 1;
  }

  send({ attempt }: RequestClocks): void {
    this.#sent += 1;
    if (attempt === 0) this.#inFlight += 1;
  }

  end({ sentMs }: RequestClocks): void {
    this.#pending -= 1;
    if (!Number.isNaN(sentMs)) this.#inFlight -= 1;
  }
}

/** An answer that came after the run's end was not seen by then; its first token may have been. */
export function toCutOff(outcome: RequestOutcome, clocks: RequestClocks, endMs: number): RequestOutcome {
  clocks.endMs = endMs;
  const observed = outcome.kind === "completed" ? outcome.observed : undefined;
  return observed === undefined ? { kind: "cut-off" } : { kind: "cut-off", observed };
}
