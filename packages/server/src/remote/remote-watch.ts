import { setTimeout as delay } from "node:timers/promises";
import type { BackendState } from "../models/embedding-backend.ts";
import { CircuitBreaker, defaultCircuit, type CircuitOptions } from "../replica/circuit-breaker.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import { describeCause, RemoteSilence } from "./remote-connection.ts";

export interface RemoteWatchOptions {
  /** The server's address as people see it. */
  readonly url: string;
  readonly circuit: Partial<CircuitOptions>;
  /** Asks for one vector. Rejects with why that does not work. */
  readonly attempt: (signal: AbortSignal) => Promise<void>;
  readonly onEvent: (event: ReplicaEvent) => void;
  /** It takes jobs again, or none any more. */
  readonly onChange: () => void;
}

interface Outage {
  /** Half a sentence. */
  cause: string;
  readonly sinceMs: number;
  nextTrialMs: number;
}

/** Between two trials of a server that seems to work, in milliseconds: errors come in crowds. */
const doubtEveryMs = 1_000;

/**
 * Whether a server takes jobs. One that cannot be reached gets none until a trial of our own has worked: after 100 ms, then
 * with doubling pauses, and with an open circuit every 5 s, as for replicas. One whose answers are strange is tried beside
 * them: a request may be to blame.
 */
export class RemoteWatch implements AsyncDisposable {
  readonly #options: RemoteWatchOptions;
  readonly #circuit: CircuitBreaker;
  readonly #stopped = new AbortController();
  #outage: Outage | undefined;
  #running: Promise<void> = Promise.resolve();
  #doubting = false;
  #doubtedMs = Number.NEGATIVE_INFINITY;
  #servedSinceOutage = 0;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #outages = 0;

  constructor(options: RemoteWatchOptions) {
    this.#options = options;
    this.#circuit = new CircuitBreaker({ ...defaultCircuit, ...options.circuit });
  }

  get state(): BackendState {
    if (this.#stopped.signal.aborted) return { kind: "stopped" };
    if (this.#outage === undefined) return { kind: "ready", pid: undefined, restarts: this.#outages };
    const nowMs = performance.now();
    return {
      kind: "unreachable",
      restarts: this.#outages,
      retryAfterMs: Math.max(100, Math.ceil(this.#outage.nextTrialMs - nowMs)),
      cause: this.#outage.cause,
      circuitOpen: this.#circuit.state(nowMs).kind !== "closed",
    };
  }

  /** Whether anything came back since then. */
  answeredSince(atMs: number): boolean {
    return this.#answeredMs >= atMs;
  }

  noteAnswer(served: boolean): void {
    this.#answeredMs = performance.now();
    if (served) this.#servedSinceOutage += 1;
  }

  /** It could not be reached: it gets no job until it can. */
  noteLoss(cause: string): void {
    if (this.#outage !== undefined || this.#stopped.signal.aborted) return;
    const sinceMs = performance.now();
    const pauseMs = this.#circuit.noteCrash(sinceMs, this.#servedSinceOutage);
    this.#servedSinceOutage = 0;
    this.#outage = { cause, sinceMs, nextTrialMs: sinceMs + pauseMs };
    this.#options.onEvent({ kind: "remote-lost", url: this.#options.url, cause, retryInMs: pauseMs });
    this.#options.onChange();
    this.#run(this.#recover(this.#outage, pauseMs));
  }

  /** Something was wrong that may have been the request's fault. */
  noteDoubt(): void {
    const nowMs = performance.now();
    const tooSoon = nowMs - this.#doubtedMs < doubtEveryMs;
    if (tooSoon || this.#doubting || this.#outage !== undefined || this.#stopped.signal.aborted) return;
    this.#doubting = true;
    this.#doubtedMs = nowMs;
    this.#run(this.#doubt(nowMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** Whoever closes this waits for it. */
  #run(work: Promise<void>): void {
    this.#running = Promise.all([this.#running, work]).then(() => {});
  }

  async #doubt(startedMs: number): Promise<void> {
    try {
      await this.#options.attempt(this.#stopped.signal);
    } catch (error) {
      // One that answers others meanwhile is slow, not gone.
      const late = error instanceof RemoteSilence && error.kind === "late" && this.answeredSince(startedMs);
      this.#doubting = false;
      if (!late) this.noteLoss(describeCause(error));
      return;
    }
    this.#doubting = false;
  }

  async #recover(outage: Outage, firstPauseMs: number): Promise<void> {
    const { signal } = this.#stopped;
    let pauseMs = firstPauseMs;
    for (;;) {
      try {
        await delay(pauseMs, undefined, { signal });
        await this.#options.attempt(signal);
        break;
      } catch (error) {
        if (signal.aborted) return;
        const nowMs = performance.now();
        const wasOpen = this.#circuit.state(nowMs).kind !== "closed";
        pauseMs = this.#circuit.noteCrash(nowMs, 0);
        outage.cause = describeCause(error);
        outage.nextTrialMs = nowMs + pauseMs;
        if (!wasOpen && this.#circuit.state(nowMs).kind === "open") {
          this.#options.onEvent({ kind: "circuit-open", forMs: pauseMs, lastLines: [outage.cause] });
        }
      }
    }
    this.#circuit.noteReady(performance.now());
    this.#outage = undefined;
    this.#outages += 1;
    const downMs = performance.now() - outage.sinceMs;
    this.#options.onEvent({ kind: "remote-back", url: this.#options.url, downMs });
    this.#options.onChange();
  }
}
