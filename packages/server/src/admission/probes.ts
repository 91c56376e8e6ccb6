/** Time between two of them. */
const everyMs = 30_000;

/**
 * Jobs that go by the estimate cannot be done in time are refused, and nothing would tell if the estimate were wrong: so
 * now and then one is let through.
 */
export class Probes {
  #nextAtMs: number | undefined;

  /** Whether this job is let through; `possible` where it could run at once. */
  take(possible: boolean, nowMs: number): boolean {
    this.#nextAtMs ??= nowMs + everyMs;
    if (!possible || nowMs < this.#nextAtMs) return false;
    this.#nextAtMs = nowMs + everyMs;
    return true;
  }
}
