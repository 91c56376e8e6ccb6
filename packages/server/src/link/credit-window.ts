/**
 * How many bytes of events one job may have under way. The sender stops at zero and holds the rest back; the receiver
 * gives bytes back as it consumes them. So a reader that is slow (a stalled client behind a stream) bounds memory on
 * both sides of the link and holds up no other job.
 */
export interface CreditWindow<T> {
  /** Sends now if there is credit, else when there is. Order is kept. */
  push(item: T, bytes: number): void;
  grant(bytes: number): void;
  /** Bytes held back. */
  readonly waitingBytes: number;
}

/** `initialBytes` may be overdrawn by one item, so that an item larger than the window still passes. */
export function createCreditWindow<T>(initialBytes: number, send: (item: T) => void): CreditWindow<T> {
  let credit = initialBytes;
  let waitingBytes = 0;
  const waiting: { item: T; bytes: number }[] = [];

  function drain(): void {
    while (credit > 0) {
      const next = waiting.shift();
      if (next === undefined) return;
      credit -= next.bytes;
      waitingBytes -= next.bytes;
      send(next.item);
    }
  }

  return {
    push(item, bytes) {
      waiting.push({ item, bytes });
      waitingBytes += bytes;
      drain();
    },
    grant(bytes) {
      credit += bytes;
      drain();
    },
    get waitingBytes() {
      return waitingBytes;
    },
  };
}
