import { WeirError } from "@weir/protocol";

/** One computation that several requests may wait for. */
export interface Flight<Result> {
  readonly keys: ReadonlySet<string>;
  /** How urgent it is: 0 goes first. */
  readonly rank: number;
  readonly result: Promise<Result>;
  readonly controller: AbortController;
  waiters: number;
}

/**
 * What is being computed now, by key: who asks for the same waits for the same. A computation is cancelled when nobody waits
 * for it any more, not when the one who began it has gone. Nothing is kept of one that is over, its error included.
 */
export class Flights<Result> {
  readonly #byKey = new Map<string, Flight<Result>>();

  /** A computation of this key that is at least as urgent as `rank`. */
  find(key: string, rank: number): Flight<Result> | undefined {
    const found = this.#byKey.get(key);
    return found !== undefined && found.rank <= rank && !found.controller.signal.aborted ? found : undefined;
  }

  /** Begins a computation. Whoever wants its result has to {@link join} it at once. */
  begin(
    keys: ReadonlySet<string>,
    rank: number,
    compute: (signal: AbortSignal) => Promise<Result>,
  ): Flight<Result> {
    const controller = new AbortController();
    const result = compute(controller.signal).finally(() => {
      for (const key of keys) if (this.#byKey.get(key) === flight) this.#byKey.delete(key);
    });
    // Where all have gone, nobody is there to hear of it.
    result.catch(() => {});
    const flight: Flight<Result> = { keys, rank, result, controller, waiters: 0 };
    for (const key of keys) this.#byKey.set(key, flight);
    return flight;
  }

  /** Rejects as the computation does, and with CANCELLED when the signal fires, for this waiter alone. */
  async join(flight: Flight<Result>, signal: AbortSignal): Promise<Result> {
    flight.waiters++;
    let onAbort!: () => void;
    const gone = new Promise<never>((_resolve, reject) => {
      onAbort = () => {
        const message = "the client closed the connection before the answer was ready";
        reject(new WeirError("CANCELLED", message));
      };
    });
    try {
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
      return await Promise.race([gone, flight.result]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      flight.waiters--;
      if (flight.waiters === 0) flight.controller.abort();
    }
  }
}
