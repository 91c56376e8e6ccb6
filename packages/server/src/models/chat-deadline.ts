import type { JobDeadline } from "../admission/job.ts";

/**
 * How long an answer may wait for its turn at least where its client names no time, in milliseconds: half of the ten minutes
 * that OpenAI's and Anthropic's clients give an answer.
 */
const waitMs = 300_000;
/** How long the first token of an answer, or the next one, may take: a long prompt on a slow model takes minutes. */
const partMs = 600_000;

/**
 * Until when an answer must be done. A time that the client names holds for the whole. Without one only waiting is bounded, as
 * nobody knows how long an answer will be, and one that grows is not late.
 */
export function resolveChatDeadline(deadline: JobDeadline = { kind: "default" }): JobDeadline {
  if (deadline.kind !== "default") return deadline;
  return { kind: "per-part", partMs, waitMs: Math.max(waitMs, deadline.atLeastMs ?? 0) };
}
