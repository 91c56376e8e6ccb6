import type { IncomingMessage, ServerResponse } from "node:http";
import { toWeirError, type ChatDialect } from "@weir/protocol";
import type { MockContext } from "../mock-context.ts";
import type { Outcome } from "../outcome-log.ts";
import { shiftPastStall } from "../timing/stall-shift.ts";
import { timeFactor } from "../timing/time-factor.ts";

/** The part of a dialect that writes errors. */
export type ErrorDialect = Pick<ChatDialect, "encodeError">;

/** One counted request: its clock, its slot, its one outcome. */
export class Exchange {
  readonly context: MockContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** From 0 on, in order of arrival. */
  readonly index: number;
  readonly id: string;
  readonly #arrivedMs: number;
  #leave: (() => void) | undefined;
  #beganMs: number | undefined;
  #timeFactor = 1;
  #over = false;

  constructor(context: MockContext, request: IncomingMessage, response: ServerResponse) {
    this.#arrivedMs = performance.now();
    this.context = context;
    this.request = request;
    this.response = response;
    this.index = context.log.countRequest();
    this.id = `mock-${this.index}`;
    response.on("close", () => {
      this.settle({ kind: "left", phase: this.#beganMs === undefined ? "waiting" : "answering" });
    });
  }

  /** Whether the answer is complete, or the client gone. */
  get isOver(): boolean {
    return this.#over;
  }

  /** How many times as long as planned the answer takes; known once it begins. */
  get timeFactor(): number {
    return this.#timeFactor;
  }

  /** When something due so long after the answer's begin leaves, stalls included, on the monotonic clock. */
  dueMs(afterMs: number): number {
    const { startedMs, options } = this.context;
    return (
      startedMs + shiftPastStall((this.#beganMs ?? this.#arrivedMs) + afterMs - startedMs, options.stall)
    );
  }

  /** Calls `begin` once there is a slot, or answers that there is none. */
  enterSlot(refuse: () => void, begin: () => void): void {
    // Its client hung up while the body was read.
    if (this.#over) return;
    const answer = this.context.slots.enter((atMs) => {
      this.#begin(Math.max(this.#arrivedMs, atMs), begin);
    });
    if (answer.kind === "refused") refuse();
    else if (answer.kind === "waiting") this.#leave = answer.leave;
    else this.#begin(this.#arrivedMs, begin);
  }

  #begin(atMs: number, begin: () => void): void {
    this.#beganMs = atMs;
    const { options, slots } = this.context;
    this.#timeFactor = timeFactor(options, slots.places.active, this.index);
    begin();
  }

  /** Counts how it ended and frees its slot. `atMs` is when that was due. Only the first call counts. */
  settle(outcome: Outcome, atMs: number = performance.now()): void {
    if (this.#over) return;
    this.#over = true;
    this.context.log.countOutcome(outcome);
    if (this.#beganMs !== undefined) this.context.slots.release(atMs);
    else this.#leave?.();
  }

  /** Answers whole and at once. */
  answer(status: number, body: Uint8Array, dueMs?: number, type = "application/json"): void {
    if (this.#over) return;
    this.response.writeHead(status, { ...this.headers(type), "content-length": body.length });
    this.response.end(body);
    if (dueMs !== undefined) this.context.timing.recordAnswer(dueMs);
    this.settle({ kind: "answered", status }, dueMs);
  }

  /** Answers with an error in a dialect's envelope. */
  fail(error: unknown, dialect: ErrorDialect, status?: number): void {
    const known = toWeirError(error);
    const encoded = dialect.encodeError(known, this.id);
    const body = Buffer.from(JSON.stringify(encoded.body));
    this.response.setHeader("x-should-retry", String(known.retryable));
    if (known.retryAfterMs !== undefined) {
      this.response.setHeader("retry-after", Math.max(1, Math.ceil(known.retryAfterMs / 1000)));
      this.response.setHeader("retry-after-ms", Math.ceil(known.retryAfterMs));
    }
    this.answer(status ?? encoded.status, body);
  }

  headers(type: string): Record<string, string> {
    return { "content-type": type, "x-request-id": this.id, "request-id": this.id };
  }
}
