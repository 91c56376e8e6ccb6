import type { OutgoingHttpHeaders } from "node:http2";

/** A request in the form that `node:http2` takes. */
export interface Http2Request {
  readonly headers: OutgoingHttpHeaders;
  readonly body: Uint8Array;
}

// RFC 9113 section 8.2.2: they speak of an HTTP/1.1 connection and must not be sent.
const ofConnection: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Whether HTTP/2 has no place for a header. */
export function isForbiddenOverHttp2(name: string, value: string): boolean {
  const lower = name.toLowerCase();
  return lower === "te" ? value.trim().toLowerCase() !== "trailers" : ofConnection.has(lower);
}

/**
 * Takes an HTTP/1.1 request apart that `encodeRequest` made: workloads prepare one form for every transport. Headers of
 * an HTTP/1.1 connection are left out.
 */
export function toHttp2Request(request: Uint8Array, secure: boolean): Http2Request {
  const view = Buffer.from(request.buffer, request.byteOffset, request.length);
  const headEnd = view.indexOf("\r\n\r\n");
  const [first = "", ...lines] = view.toString("latin1", 0, headEnd).split("\r\n");
  const [method = "", path = ""] = first.split(" ");
  const headers: OutgoingHttpHeaders = {
    ":method": method,
    ":path": path,
    ":scheme": secure ? "https" : "http",
  };
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 2);
    if (isForbiddenOverHttp2(name, value)) continue;
    headers[name === "host" ? ":authority" : name] = value;
  }
  return { headers, body: view.subarray(headEnd + 4) };
}
