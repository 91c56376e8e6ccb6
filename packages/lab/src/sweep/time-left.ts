import { keyOf, type SweepSettings } from "./sweep-case.ts";

/** Guesses how long what is left of a sweep takes, from what was measured so far. */
export class TimeLeft {
  readonly #byKey = new Map<string, { requests: number; tookMs: number }>();
  #units = 0;
  #tookMs = 0;
  #visits = 0;
  #overheadMs = 0;

  /** @param wallMs with all that a visit needs beside its requests */
  note(settings: SweepSettings, requests: number, tookMs: number, wallMs: number): void {
    const before = this.#byKey.get(keyOf(settings)) ?? { requests: 0, tookMs: 0 };
    this.#byKey.set(keyOf(settings), {
      requests: before.requests + requests,
      tookMs: before.tookMs + tookMs,
    });
    this.#units += requests * (settings.batch ?? 1);
    this.#tookMs += tookMs;
    this.#visits += 1;
    this.#overheadMs += Math.max(0, wallMs - tookMs);
  }

  /** What was seen of these settings so far. */
  seen(settings: SweepSettings): { readonly requests: number; readonly tookMs: number } {
    return this.#byKey.get(keyOf(settings)) ?? { requests: 0, tookMs: 0 };
  }

  /** Milliseconds that a visit will take. Settings that were never seen cost as much per text as all others together. */
  guessMs(settings: SweepSettings, requests: number): number {
    const { requests: seen, tookMs } = this.seen(settings);
    const eachMs =
      seen > 0 ? tookMs / seen : this.#units > 0 ? (this.#tookMs / this.#units) * (settings.batch ?? 1) : 0;
    return requests * eachMs + (this.#visits === 0 ? 0 : this.#overheadMs / this.#visits);
  }
}
