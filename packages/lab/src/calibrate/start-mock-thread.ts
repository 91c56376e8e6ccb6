import { once } from "node:events";
import { startThread } from "@weir/load";
import type { MockOptions, MockTiming } from "@weir/mock";

/** A mock server on a thread of its own. Disposing it ends the thread. */
export interface MockThread extends AsyncDisposable {
  readonly url: string;
  /** How late it was itself so far. */
  readTiming(): Promise<MockTiming>;
}

/** Rejects where it cannot listen, or the signal fired. */
export async function startMockThread(
  options: Partial<MockOptions>,
  signal: AbortSignal | undefined,
): Promise<MockThread> {
  signal?.throwIfAborted();
  const thread = startThread(new URL("./mock-thread-main", import.meta.url), options);
  // A thread has no origin to name.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  const tell = (message: "timing" | "end"): void => thread.postMessage(message);
  const next = async <T>(): Promise<T> => ((await once(thread, "message")) as [T])[0];
  try {
    const url = await next<string>();
    return {
      url,
      readTiming: async () => {
        const told = next<MockTiming>();
        tell("timing");
        return told;
      },
      [Symbol.asyncDispose]: async () => {
        const ended = once(thread, "exit");
        tell("end");
        await ended;
      },
    };
  } catch (error) {
    await thread.terminate();
    throw error;
  }
}
