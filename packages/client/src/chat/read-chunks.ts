import type { IncomingMessage } from "node:http";
import { WeirError } from "@weir/protocol";
import { onAbort } from "../on-abort.ts";
import type { RequestBudget } from "../request-budget.ts";
import { throwIfCancelled } from "../send-once.ts";

export interface ReadOptions {
  readonly url: string;
  readonly budget: RequestBudget;
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** How an answer's body ended: as it should, or with its connection. */
export type BodyEnd = { readonly kind: "complete" } | { readonly kind: "broken"; readonly error: unknown };

/**
 * An answer's bytes as they come. No more is read than is taken, and time in which nobody takes anything is no silence of the
 * server's. Throws CANCELLED, and TARGET_UNREACHABLE for a server that says nothing for too long.
 */
export async function* readChunks(
  response: IncomingMessage,
  { url, budget, idleTimeoutMs, signal }: ReadOptions,
): AsyncGenerator<Buffer, BodyEnd, undefined> {
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const forget = onAbort(signal, () => response.destroy());
  try {
    for (;;) {
      throwIfCancelled(signal);
      const leftMs = budget.leftMs();
      const waitMs = Math.min(idleTimeoutMs, Math.max(0, leftMs));
      let isLate = false;
      const timer =
        waitMs === Number.POSITIVE_INFINITY
          ? undefined
          : setTimeout(() => {
              isLate = true;
              response.destroy();
            }, waitMs);
      let next: IteratorResult<Buffer, undefined>;
      try {
        next = await chunks.next();
      } catch (error) {
        throwIfCancelled(signal);
        if (isLate) throw toLate(url, leftMs <= idleTimeoutMs, budget, idleTimeoutMs);
        return { kind: "broken", error };
      } finally {
        clearTimeout(timer);
      }
      throwIfCancelled(signal);
      if (isLate) throw toLate(url, leftMs <= idleTimeoutMs, budget, idleTimeoutMs);
      if (next.done === true) return { kind: "complete" };
      yield next.value;
    }
  } finally {
    forget();
  }
}

function toLate(url: string, isOver: boolean, budget: RequestBudget, idleTimeoutMs: number): WeirError {
  const what = isOver
    ? `did not finish its answer within ${budget.timeoutMs} ms. Raise timeoutMs, or ask for fewer tokens`
    : `said nothing for ${idleTimeoutMs} ms within its answer. Raise idleTimeoutMs if it is that slow`;
  return new WeirError("TARGET_UNREACHABLE", `${url} ${what}.`);
}
