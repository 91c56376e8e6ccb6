import os from "node:os";

/** Enough for a probe or an answer to be let in between two stretches of computing; alone on a machine it costs nothing. */
const computeNiceness = 5;

/**
 * Lets HTTP go before computing where both want a processor. On Linux this is of the calling thread and of those that
 * are started from it afterwards, the engine's own; elsewhere of the whole process. It is no failure where it is not
 * permitted.
 */
export function yieldToAnswers(): void {
  try {
    if (os.getPriority() < computeNiceness) os.setPriority(computeNiceness);
  } catch {
    // Then both are equal, as they were.
  }
}
