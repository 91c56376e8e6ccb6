import { WeirError } from "@weir/protocol";
import type { Ticket } from "./job.ts";

/** Why a job was not admitted, or was dropped while it waited. */
export type RefusalReason =
  /** Every place is taken or promised, or the cost that may wait is reached. */
  | "full"
  /** Gave its place to a key that had less than its share. */
  | "displaced"
  /** Its key holds as much as it may. */
  | "key-limit"
  /** It could not be done in time. */
  | "deadline"
  /** It could not be done in time by a server that has nothing else to do. */
  | "out-of-reach"
  /** The server is shutting down or the model is being unloaded. */
  | "draining";

export interface Refusal {
  readonly reason: RefusalReason;
  /** What was found, as half a sentence. */
  readonly why: string;
  /** When a place will be free; from the measured service rate. Undefined where coming again is of no use. */
  readonly retryAfterMs: number | undefined;
}

export type Offer =
  | {
      readonly kind: "admitted";
      readonly ticket: Ticket;
      /** Waiting jobs that gave their place; each has to be told. */
      readonly displaced: readonly { readonly ticket: Ticket; readonly refusal: Refusal }[];
    }
  | { readonly kind: "refused"; readonly refusal: Refusal };

const codes = {
  full: "QUEUE_FULL",
  displaced: "QUEUE_FULL",
  "key-limit": "RATE_LIMITED",
  deadline: "DEADLINE_UNREACHABLE",
  "out-of-reach": "DEADLINE_EXCEEDED",
  draining: "NOT_READY",
} as const;

/** What the client is told. `name` is the model's. */
export function toRefusalError(refusal: Refusal, name: string): WeirError {
  if (refusal.retryAfterMs === undefined) {
    const message = `model ${name} cannot do this request in time: ${refusal.why}. Allow it more time, or ask for less at once.`;
    return new WeirError(codes[refusal.reason], message);
  }
  const retryAfterMs = Math.max(1, Math.ceil(refusal.retryAfterMs));
  const message = `model ${name} cannot take this request now: ${refusal.why}. Try again in ${retryAfterMs} ms.`;
  return new WeirError(codes[refusal.reason], message, { retryAfterMs });
}

/** The deadline passed, waiting or running. */
export function createDeadlineError(name: string, waitedMs: number, phase: "waiting" | "running"): WeirError {
  const where = phase === "waiting" ? "while it waited for a place to run" : "while it ran";
  const message = `the request's deadline passed ${where}, ${Math.round(waitedMs)} ms after model ${name} admitted it`;
  return new WeirError("DEADLINE_EXCEEDED", message);
}
