import type { RemoteAnswer } from "./remote-connection.ts";
import { isRefusalForNow, readAdvice } from "./to-remote-error.ts";

/** Requests in all that a job may take. */
const mostTries = 5;
/** A server that says at once means soon. */
const leastPauseMs = 50;

/**
 * How long to wait until a request that was answered so is sent again, in milliseconds; undefined where it is not to be: what
 * came says no time after which there is room, that time is after the job's deadline, or it was tried often enough.
 */
export function choosePause(
  answer: RemoteAnswer,
  { tries, leftMs }: { readonly tries: number; readonly leftMs: number },
): number | undefined {
  if (!isRefusalForNow(answer) || answer.header("x-should-retry") === "false") return undefined;
  const adviceMs = readAdvice(answer);
  if (adviceMs === undefined || tries >= mostTries) return undefined;
  const pauseMs = Math.max(leastPauseMs, adviceMs);
  return pauseMs < leftMs ? pauseMs : undefined;
}
