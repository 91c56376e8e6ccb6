import { setTimeout as sleep } from "node:timers/promises";
import { parseUnixUrl, WeirError } from "@weir/protocol";
import { onAbort } from "./on-abort.ts";
import type { RequestBudget } from "./request-budget.ts";
import { sendOverSocket } from "./send-over-socket.ts";

export interface SendOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly budget: RequestBudget;
  readonly signal: AbortSignal | undefined;
  /** JSON to POST. @default a GET */
  readonly body?: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * One request and its whole answer, over TCP or, with a URL of `toUnixUrl`, over a socket. Throws TARGET_UNREACHABLE
 * where there is none in time, CANCELLED where the caller's signal aborts.
 */
export async function sendOnce(url: string, options: SendOptions): Promise<Answer> {
  const { budget, signal, body } = options;
  throwIfCancelled(signal);
  // One controller and one timer that is cleared: signals made by AbortSignal.any can be collected before they fire.
  const controller = new AbortController();
  const cancel = (): void => controller.abort();
  const timer = setTimeout(cancel, budget.leftMs());
  const forget = onAbort(signal, cancel);
  try {
    const headers = {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    };
    const socket = parseUnixUrl(url);
    if (socket !== undefined) {
      return await sendOverSocket({ ...socket, headers, body, signal: controller.signal });
    }
    const response = await fetch(url, {
      ...(body === undefined ? {} : { method: "POST", body }),
      headers,
      signal: controller.signal,
      redirect: "manual",
    });
    return {
      status: response.status,
      headers: response.headers,
      body: new Uint8Array(await response.arrayBuffer()),
    };
  } catch (error) {
    throwIfCancelled(signal);
    const why = controller.signal.aborted
      ? `did not answer within ${budget.timeoutMs} ms. Raise timeoutMs if the model is that slow`
      : `could not be reached: ${describeCause(error)}`;
    throw new WeirError("TARGET_UNREACHABLE", `${url} ${why}.`, { cause: error });
  } finally {
    clearTimeout(timer);
    forget();
  }
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new WeirError("CANCELLED", "the caller cancelled the request", { cause: signal.reason });
  }
}

/** Waits before another attempt. Throws CANCELLED as soon as the signal aborts. */
export async function waitToRetry(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  }
}

/** fetch says "fetch failed"; what failed is in its cause. */
function describeCause(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message : String(cause);
}
