import { WeirError } from "@weir/protocol";

/** Those who wait for something that cannot be had now: lower ranks first, then who came first. */
export interface WaitingLine<Got> {
  readonly length: number;
  /** Resolves with what `attempt` gave. Rejects with CANCELLED when `signal` fires first. */
  wait(rank: number, attempt: () => Got | undefined, signal: AbortSignal): Promise<Got>;
  /** To be called whenever an attempt may succeed that did not before. */
  retry(): void;
}

interface Waiter<Got> {
  readonly rank: number;
  readonly attempt: () => Got | undefined;
  readonly resolve: (got: Got) => void;
  readonly reject: (error: unknown) => void;
}

export function createWaitingLine<Got>(): WaitingLine<Got> {
  const line: Waiter<Got>[] = [];

  function retry(): void {
    // One who cannot go on yet does not hold up those behind: it may wait for one slot of several.
    for (let at = 0; at < line.length;) {
      const waiter = line[at] as Waiter<Got>;
      let got: Got | undefined;
      try {
        got = waiter.attempt();
      } catch (error) {
        line.splice(at, 1);
        waiter.reject(error);
        continue;
      }
      if (got === undefined) at++;
      else {
        line.splice(at, 1);
        waiter.resolve(got);
      }
    }
  }

  return {
    get length() {
      return line.length;
    },
    wait(rank, attempt, signal) {
      return new Promise<Got>((resolve, reject) => {
        if (signal.aborted) {
          reject(cancelled());
          return;
        }
        // Mostly nobody waits: what can be had at once needs no listener.
        const now = line.length === 0 ? attempt() : undefined;
        if (now !== undefined) {
          resolve(now);
          return;
        }
        const onAbort = (): void => {
          line.splice(line.indexOf(waiter), 1);
          reject(cancelled());
        };
        const waiter: Waiter<Got> = {
          rank,
          attempt,
          resolve: (got) => {
            signal.removeEventListener("abort", onAbort);
            resolve(got);
          },
          reject: (error) => {
            signal.removeEventListener("abort", onAbort);
            reject(error instanceof Error ? error : new Error(String(error)));
          },
        };
        signal.addEventListener("abort", onAbort, { once: true });
        const behind = line.findIndex((other) => other.rank > rank);
        line.splice(behind < 0 ? line.length : behind, 0, waiter);
        // Alone it has just tried.
        if (line.length > 1) retry();
      });
    },
    retry,
  };
}

export function cancelled(): WeirError {
  return new WeirError("CANCELLED", "The caller went away before its conversation had a sequence.");
}
