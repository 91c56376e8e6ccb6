import type { RequestClocks, RequestOutcome } from "../recording/request-clocks.ts";
import type { VirtualUser } from "./virtual-user.ts";

/** How a failed request was lost; a `bad-answer` was whole but no good. */
export type LossKind = "no-connection" | "no-answer" | "bad-answer";

/** What becomes of a request that was sent again. */
export type RetryEnd = "again" | "recovered" | "given-up" | "cut-off";

/** The run, as a user sees it. `clocks` is one object, used again for the next request. */
export interface UserHost {
  /** Whether a request due now may be sent. A user that is told no is done. */
  admit(dueMs: number): boolean;
  /** The same for a request that goes on with a turn: only a run that has ended says no. */
  admitNextOfTurn(dueMs: number): boolean;
  onConnected(): void;
  onSent(clocks: RequestClocks): void;
  /** A server closed a connection at rest just as a request was put on it, which is now sent again on another. */
  onLostWhileIdle(): void;
  /** The first attempt of a request ended. */
  onRequestEnd(clocks: RequestClocks, outcome: RequestOutcome, loss: LossKind | undefined): void;
  /** A later attempt of a request ended. */
  onRetryEnd(clocks: RequestClocks, outcome: RequestOutcome, end: RetryEnd): void;
  /** A turn ended that could have had several requests. */
  onTurnEnd(firstDueMs: number, endMs: number, good: boolean): void;
  onUserDone(): void;
  /** The workload threw: the run cannot go on. */
  onDefect(error: unknown): void;
}

/** Decides when a user sends again. Without one it does so as soon as it is answered. */
export interface TurnOwner {
  /**
   * A turn is over and the user is free.
   * @param dueMs when its first request was due
   * @param waitMs how long to wait so as not to hammer a server that gives no connection
   */
  onTurnEnd(user: VirtualUser, dueMs: number, endMs: number, waitMs: number): void;
}
