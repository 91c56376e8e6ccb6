/** Time between the end of a process and the next start, at least. */
const pauseMs = 100;

/**
 * When a replica that is not there is likely to serve again, in milliseconds. `atMs` is when it was expected to;
 * undefined where its end was not yet noted. It takes about as long as its last start; once it is overdue, as long again as
 * it is over, but a good part of a start at least: who comes back every 100 ms adds to what it has to do.
 */
export function estimateReadyInMs(atMs: number | undefined, lastStartMs: number, nowMs: number): number {
  if (atMs === undefined) return Math.ceil(pauseMs + lastStartMs);
  return Math.ceil(Math.max(pauseMs, lastStartMs / 4, Math.abs(atMs - nowMs)));
}
