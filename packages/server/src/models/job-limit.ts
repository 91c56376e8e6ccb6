import { WeirError } from "@weir/protocol";
import type { EmbeddingBackend } from "./embedding-backend.ts";

/** Weight of the newest interval in the moving mean of time between completions. */
const newestWeight = 0.1;

/** A backend that knows how many jobs it holds. */
export interface QueuedBackend extends EmbeddingBackend {
  /** Jobs waiting and running. */
  readonly jobsHeld: number;
}

/**
 * Bounds the jobs that a model holds, waiting and running. What comes above is refused at once, with the time after
 * which a place is likely to be free, from the measured rate of completions.
 */
export function limitJobs(
  backend: EmbeddingBackend,
  maxJobs: number,
  nowMs: () => number = () => performance.now(),
): QueuedBackend {
  let held = 0;
  let lastCompletedMs: number | undefined;
  let meanIntervalMs: number | undefined;

  // Only intervals with work waiting tell how fast the model is; a pause tells how slow its clients are.
  function noteCompletion(): void {
    const now = nowMs();
    if (lastCompletedMs !== undefined) {
      const intervalMs = now - lastCompletedMs;
      meanIntervalMs =
        meanIntervalMs === undefined
          ? intervalMs
          : meanIntervalMs + newestWeight * (intervalMs - meanIntervalMs);
    }
    lastCompletedMs = held > 0 ? now : undefined;
  }

  return {
    name: backend.name,
    info: backend.info,
    get state() {
      return backend.state;
    },
    get jobsHeld() {
      return held;
    },
    async embed(request, signal) {
      if (held >= maxJobs) {
        const message = `all ${maxJobs} places of model ${backend.name} are taken (running and waiting)`;
        throw new WeirError("QUEUE_FULL", message, { retryAfterMs: Math.ceil(meanIntervalMs ?? 1_000) });
      }
      if (held === 0) lastCompletedMs = nowMs();
      held++;
      try {
        return await backend.embed(request, signal);
      } finally {
        held--;
        noteCompletion();
      }
    },
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}
