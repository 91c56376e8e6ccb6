import { onAbort } from "./on-abort.ts";
import { throwIfCancelled } from "./send-once.ts";

export interface OrderedPoolOptions {
  /** Most inputs that are worked on at a time. */
  readonly concurrency: number;
  /** Most inputs that are held at a time: read and waiting, worked on, or done and waiting for an earlier one. */
  readonly readAhead: number;
  readonly signal: AbortSignal | undefined;
}

interface Slot<Input, Output> {
  readonly input: Input;
  state: { readonly kind: "waiting" | "working" } | { readonly kind: "done"; readonly output: Output };
}

/**
 * Works on what a source gives, several at a time, and yields the outputs in the source's order. Work goes on while the
 * caller is busy with what was yielded, up to `readAhead`. The first work that fails ends everything at once; a source
 * that fails does so after the outputs before it. Whichever way it ends, the signal given to `work` has fired, all work
 * has ended and the source is closed. Throws CANCELLED when the caller's signal fires.
 */
export async function* mapOrdered<Input, Output>(
  source: AsyncIterator<Input, unknown, undefined>,
  work: (input: Input, signal: AbortSignal) => Promise<Output>,
  { concurrency, readAhead, signal }: OrderedPoolOptions,
): AsyncGenerator<Output, void, undefined> {
  const stop = new AbortController();
  const slots: Slot<Input, Output>[] = [];
  const working = new Set<Promise<void>>();
  let isReading = false;
  let end: { readonly kind: "finished" } | { readonly kind: "failed"; readonly error: unknown } | undefined;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => {};

  const fail = (error: unknown): void => {
    failure ??= { error };
  };
  const cancel = (): void => {
    try {
      throwIfCancelled(signal);
    } catch (error) {
      fail(error);
    }
    wake();
  };
  const read = async (): Promise<void> => {
    isReading = true;
    try {
      const next = await source.next();
      if (next.done === true) end = { kind: "finished" };
      else slots.push({ input: next.value, state: { kind: "waiting" } });
    } catch (error) {
      end = { kind: "failed", error };
    }
    isReading = false;
    advance();
  };
  const run = async (slot: Slot<Input, Output>): Promise<void> => {
    slot.state = { kind: "working" };
    try {
      slot.state = { kind: "done", output: await work(slot.input, stop.signal) };
    } catch (error) {
      fail(error);
    }
  };
  const advance = (): void => {
    wake();
    if (failure !== undefined || stop.signal.aborted) return;
    for (const slot of slots) {
      if (working.size >= concurrency) break;
      if (slot.state.kind !== "waiting") continue;
      const running = run(slot).finally(() => {
        working.delete(running);
        advance();
      });
      working.add(running);
    }
    if (end === undefined && !isReading && slots.length < readAhead) void read();
  };

  if (signal?.aborted === true) cancel();
  const forget = onAbort(signal, cancel);
  try {
    for (;;) {
      advance();
      if (failure !== undefined) throw failure.error;
      const head = slots[0]?.state;
      if (head?.kind === "done") {
        slots.shift();
        advance();
        yield head.output;
      } else if (end !== undefined && slots.length === 0) {
        if (end.kind === "failed") throw end.error;
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    forget();
    stop.abort(signal?.reason);
    await Promise.allSettled(working);
    const closed = Promise.resolve(source.return?.()).catch(() => {});
    // A source that is being waited for closes when it answers, which may be never.
    if (!isReading) await closed;
  }
}
