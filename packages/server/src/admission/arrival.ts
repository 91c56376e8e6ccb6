/** What the connection that a job came on carried before it. */
export interface Follows {
  /** `refusal`: that request was told to come later. */
  readonly kind: "answer" | "refusal";
  /** Since then, in milliseconds. */
  readonly idleMs: number;
}

/**
 * What a job's coming says of whether it is the retry of one that was refused. `retry`: it says so. `prompt`: its client sends
 * the next one as soon as it has an answer. `rested`: its connection was at rest. `unknown`: by its connection one cannot tell.
 */
export type Arrival = "retry" | "prompt" | "rested" | "unknown";

/** A client that sends its next request at once does so within this time, its way there and back included. */
export const promptMs = 10;

export function toArrival(isRetry: boolean, follows: Follows | undefined): Arrival {
  if (isRetry) return "retry";
  if (follows === undefined) return "unknown";
  if (follows.idleMs >= promptMs) return "rested";
  // Of a pool of connections, a retry takes the one that was let go of last: often that of another who was just refused.
  return follows.kind === "answer" ? "prompt" : "unknown";
}
