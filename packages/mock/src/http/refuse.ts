import { WeirError } from "@weir/protocol";
import type { ErrorDialect, Exchange } from "./exchange.ts";

/**
 * Refuses a request for which there is no place, with the time after which one who waits in the full queue would be
 * through: answers of `answerMs` each, `slots` at a time.
 */
export function refuse(exchange: Exchange, dialect: ErrorDialect, answerMs: number): void {
  const { slots, queue, refusalStatus } = exchange.context.options;
  const retryAfterMs = (answerMs * (queue + 1)) / slots;
  const code = refusalStatus === 429 ? "RATE_LIMITED" : "QUEUE_FULL";
  const message = `all ${slots} slots and ${queue} places in the queue are taken`;
  exchange.fail(new WeirError(code, message, { retryAfterMs }), dialect, refusalStatus);
}
