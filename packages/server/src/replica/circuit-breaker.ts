import { restartDelayMs } from "./restart-backoff.ts";

export interface CircuitOptions {
  /** Ends and failed starts within `windowMs` that open the circuit. Whole number >= 1. @default 5 */
  readonly crashes: number;
  /** @default 30000 */
  readonly windowMs: number;
  /** How long nothing is started then, in milliseconds. @default 5000 */
  readonly openMs: number;
  /**
   * A process that computed so many jobs before it ended is not one that ends as soon as it is started: it is started again at
   * once, and does not count. Whole number >= 1. @default 10
   */
  readonly provedJobs: number;
  /** How long the trial after that must live for the circuit to close. @default 10000 */
  readonly proveMs: number;
}

export const defaultCircuit: CircuitOptions = {
  crashes: 5,
  windowMs: 30_000,
  openMs: 5_000,
  provedJobs: 10,
  proveMs: 10_000,
};

export type CircuitState =
  | { readonly kind: "closed" }
  | { readonly kind: "open"; readonly untilMs: number }
  /** One replica may be started, as a trial. */
  | { readonly kind: "half-open" };

/**
 * Decides when a model's replicas may be started again: at once and then with doubling pauses, but once they have ended
 * too often only one trial after each pause of `openMs`. Pure: times are milliseconds on the caller's clock.
 */
export class CircuitBreaker {
  readonly #options: CircuitOptions;
  #crashesMs: number[] = [];
  #openUntilMs: number | undefined;
  #trialReadyMs: number | undefined;

  constructor(options: CircuitOptions = defaultCircuit) {
    this.#options = options;
  }

  /**
   * A replica ended by itself after so many jobs that it computed, or could not be started (no job). Returns how long to wait before the
   * next start.
   */
  noteCrash(nowMs: number, jobsCompleted: number): number {
    const { crashes, windowMs, openMs, provedJobs } = this.#options;
    if (jobsCompleted >= provedJobs) {
      if (this.state(nowMs).kind === "half-open") this.#close();
      return restartDelayMs(1, openMs);
    }
    const wasOpen = this.state(nowMs).kind !== "closed";
    this.#crashesMs = this.#crashesMs.filter((atMs) => nowMs - atMs < windowMs);
    this.#crashesMs.push(nowMs);
    this.#trialReadyMs = undefined;
    if (wasOpen || this.#crashesMs.length >= crashes) {
      this.#openUntilMs = nowMs + openMs;
      return openMs;
    }
    return restartDelayMs(this.#crashesMs.length, openMs);
  }

  noteReady(nowMs: number): void {
    this.#trialReadyMs ??= nowMs;
  }

  state(nowMs: number): CircuitState {
    if (this.#openUntilMs === undefined) return { kind: "closed" };
    if (nowMs < this.#openUntilMs) return { kind: "open", untilMs: this.#openUntilMs };
    const proved = this.#trialReadyMs !== undefined && nowMs - this.#trialReadyMs >= this.#options.proveMs;
    if (!proved) return { kind: "half-open" };
    this.#close();
    return { kind: "closed" };
  }

  #close(): void {
    this.#openUntilMs = undefined;
    this.#crashesMs = [];
  }
}
