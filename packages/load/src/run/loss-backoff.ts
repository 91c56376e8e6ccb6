import { isConnectFailure, type TransportFailureKind } from "../http/transport-failure.ts";

const firstMs = 50;
const longestMs = 1000;

/** How long a user waits after a loss, so that a server that gives no connection, or none that lasts, is not hammered. */
export class LossBackoff {
  #lossesInARow = 0;

  /** There was an answer. */
  reset(): void {
    this.#lossesInARow = 0;
  }

  /** A lost answer is followed by the next request at once the first time; a lost connection is not. */
  nextWaitMs(kind: TransportFailureKind): number {
    this.#lossesInARow += 1;
    const step = isConnectFailure(kind) ? this.#lossesInARow : this.#lossesInARow - 1;
    // Who waited for a whole timeout hammers nobody.
    if (kind === "timeout" || step === 0) return 0;
    return Math.min(longestMs, firstMs * 2 ** (step - 1));
  }
}
