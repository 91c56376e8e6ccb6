import { askOnce, parseHttpTarget } from "@weir/load";
import type { ConnectionRequest } from "../run/run-request.ts";
import { WeirError } from "@weir/protocol";

export interface ProbeOptions {
  readonly signal?: AbortSignal;
  /** More request headers, e.g. authorization. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest wait for one answer. Above 0. Raise it for a server that loads its model on the first request. @default 10_000 */
  readonly timeoutMs?: number;
  /** How the server is connected to. @default HTTP/1.1, and the usual certificate authorities */
  readonly connection?: Pick<ConnectionRequest, "ca" | "insecure" | "httpVersion"> | undefined;
  /** The model's name in requests. @default the first fitting one that the server lists */
  readonly model?: string;
}

/** What one probing request came to. */
export type ProbeAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
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
  const { signal, headers = {}, timeoutMs = 10_000, connection } = options;
  const target = parseHttpTarget(url);

  async function send(parts: Parameters<typeof askOnce>[1]): Promise<ProbeAnswer> {
    throwIfCancelled(signal);
    try {
      const asked = await askOnce(target.url, parts, {
        ...connection,
        connectTimeoutMs: timeoutMs,
        timeoutMs,
        signal,
      });
      if (asked.kind === "answered") return asked;
      const late = asked.failure === "timeout" || asked.failure === "connect-timeout";
      const reason = late
        ? `did not answer within ${timeoutMs} ms`
        : `could not be reached (${asked.message})`;
      return { kind: "silent", reason };
    } catch (error) {
      throwIfCancelled(signal);
      throw error;
    }
  }

  return {
    url: target.url,
    get: (path, more) =>
      send({ method: "GET", path, headers: { accept: "application/json", ...more, ...headers } }),
    post: (path, body, more) =>
      send({
        method: "POST",
        path,
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
