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
  const next = async <T>(): Promise<T> => ((await once(thread, "message")) as [T])[0];
  try {
    const url = await next<string>();
    return {
      url,
      readTiming: async () => {
        const told = next<MockTiming>();
        thread.postMessage("timing");
        return told;
      },
      [Symbol.asyncDispose]: async () => {
        const ended = once(thread, "exit");
        thread.postMessage("end");
        await ended;
      },
    };
  } catch (error) {
    await thread.terminate();
    throw error;
  }
}
