import { setMaxListeners } from "node:events";

/**
 * Calls back once when a signal fires, and returns what takes that back. One signal of a program may end thousands of
 * calls at a time, so Node's warning of a leak at the eleventh listener is turned off, as fetch does for its own.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  setMaxListeners(0, signal);
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
