import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { parseUnixUrl, WeirError } from "@weir/protocol";
import { onAbort } from "../on-abort.ts";
import { throwIfCancelled } from "../send-once.ts";

export interface OpenOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/**
 * Posts a request and resolves with the answer's head; its body is read at the reader's pace, and `destroy` frees the
 * socket. Throws TARGET_UNREACHABLE where there is no head in time, CANCELLED where the caller's signal aborts first.
 */
export async function openAnswer(
  url: string,
  { headers, body, signal, timeoutMs }: OpenOptions,
): Promise<IncomingMessage> {
  throwIfCancelled(signal);
  const socket = parseUnixUrl(url);
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  const options = { method: "POST", headers: { ...headers, "content-length": String(body.length) } };
  const call =
    socket === undefined ? send(new URL(url), options) : requestHttp({ ...socket, ...options, agent: false });
  let isLate = false;
  const timer =
    timeoutMs === Number.POSITIVE_INFINITY
      ? undefined
      : setTimeout(() => {
          isLate = true;
          call.destroy();
        }, timeoutMs);
  const forget = onAbort(signal, () => call.destroy());
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      call.on("response", resolve);
      // Once the head is there, it is the answer that fails.
      call.on("error", reject);
      call.on("close", () => reject(new Error("the connection was closed")));
      call.end(body);
    });
  } catch (error) {
    throwIfCancelled(signal);
    const why = isLate
      ? `did not begin to answer within ${Math.round(timeoutMs)} ms. Raise firstByteTimeoutMs or timeoutMs if it is that slow`
      : `could not be reached: ${error instanceof Error ? error.message : String(error)}`;
    throw new WeirError("TARGET_UNREACHABLE", `${url} ${why}.`, { cause: error });
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/** Header fields that came, as fetch has them. */
export function toHeaders(response: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(response.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);
  return headers;
}
