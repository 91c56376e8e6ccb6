import { WeirError } from "@weir/protocol";

export interface PostOptions {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface PostAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/**
 * One POST of JSON and its whole answer. Throws TARGET_UNREACHABLE where there is none in time, CANCELLED where the
 * caller's signal aborts.
 */
export async function postOnce(body: Uint8Array, options: PostOptions): Promise<PostAnswer> {
  const { endpoint, headers, timeoutMs, signal } = options;
  throwIfCancelled(signal);
  // One controller and one timer that is cleared: signals made by AbortSignal.any can be collected before they fire.
  const controller = new AbortController();
  const cancel = (): void => controller.abort();
  const timer = setTimeout(cancel, timeoutMs);
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json", ...headers },
      body,
      signal: controller.signal,
      redirect: "manual",
    });
    const answer = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, body: answer };
  } catch (error) {
    throwIfCancelled(signal);
    const why = controller.signal.aborted
      ? `did not answer within ${timeoutMs} ms. Raise timeoutMs if the model is that slow`
      : `could not be reached: ${describeCause(error)}`;
    throw new WeirError("TARGET_UNREACHABLE", `${endpoint} ${why}.`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new WeirError("CANCELLED", "the caller cancelled the request", { cause: signal.reason });
  }
}

/** fetch says "fetch failed"; what failed is in its cause. */
function describeCause(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message : String(cause);
}
