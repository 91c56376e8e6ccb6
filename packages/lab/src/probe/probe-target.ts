import { parseHttpTarget } from "@weir/load";
import { WeirError } from "@weir/protocol";

export interface ProbeOptions {
  readonly signal?: AbortSignal;
  /** More request headers, e.g. authorization. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest wait for one answer. Above 0. Raise it for a server that loads its model on the first request. @default 10_000 */
  readonly timeoutMs?: number;
  /** The model's name in requests. @default the first fitting one that the server lists */
  readonly model?: string;
}

/** What one probing request came to. */
export type ProbeAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly headers: Headers;
      readonly body: Uint8Array;
      readonly tookMs: number;
    }
  /** `reason` completes the sentence "the server ...". */
  | { readonly kind: "silent"; readonly reason: string };

/** A server that is asked politely: one request at a time, no load. */
export interface ProbeTarget {
  /** `http://HOST:PORT/BASE`, no slash at the end. */
  readonly url: string;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<ProbeAnswer>;
  /** Posts a JSON body. */
  post(path: string, body: Uint8Array, headers?: Readonly<Record<string, string>>): Promise<ProbeAnswer>;
}

/** Throws USAGE where the URL is none. The target's methods throw CANCELLED where the signal aborts, nothing else. */
export function createProbeTarget(url: string, options: ProbeOptions): ProbeTarget {
  const { signal, headers = {}, timeoutMs = 10_000 } = options;
  const target = parseHttpTarget(url);

  async function send(path: string, init: RequestInit): Promise<ProbeAnswer> {
    throwIfCancelled(signal);
    const controller = new AbortController();
    const cancel = (): void => controller.abort();
    const timer = setTimeout(cancel, timeoutMs);
    signal?.addEventListener("abort", cancel, { once: true });
    const startedAt = performance.now();
    try {
      const response = await fetch(target.url + path, {
        ...init,
        signal: controller.signal,
        redirect: "manual",
      });
      const body = new Uint8Array(await response.arrayBuffer());
      const tookMs = performance.now() - startedAt;
      return { kind: "answered", status: response.status, headers: response.headers, body, tookMs };
    } catch (error) {
      throwIfCancelled(signal);
      const reason = controller.signal.aborted
        ? `did not answer within ${timeoutMs} ms`
        : `could not be reached (${describeCause(error)})`;
      return { kind: "silent", reason };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    }
  }

  return {
    url: target.url,
    get: (path, more) =>
      send(path, { method: "GET", headers: { accept: "application/json", ...more, ...headers } }),
    post: (path, body, more) =>
      send(path, {
        method: "POST",
        headers: { accept: "application/json", "content-type": "application/json", ...more, ...headers },
        body,
      }),
  };
}

/** What came back, in words: `404` or `nothing: it did not answer within 10 ms`. */
export function describeAnswer(answer: ProbeAnswer): string {
  return answer.kind === "answered" ? `answered ${answer.status}` : answer.reason;
}

/** The JSON object of a 200 answer; undefined for anything else. */
export function readJsonObject(answer: ProbeAnswer): Readonly<Record<string, unknown>> | undefined {
  if (answer.kind !== "answered" || answer.status !== 200) return undefined;
  try {
    const value = JSON.parse(Buffer.from(answer.body).toString()) as unknown;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new WeirError("CANCELLED", "probing was cancelled", { cause: signal.reason });
  }
}

/** fetch says "fetch failed"; what failed is in its cause. */
function describeCause(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message : String(cause);
}
