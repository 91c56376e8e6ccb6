import type { OutgoingHttpHeaders } from "node:http2";

/** A request in the form that `node:http2` takes. */
export interface Http2Request {
  readonly headers: OutgoingHttpHeaders;
  readonly body: Uint8Array;
}

/** Takes an HTTP/1.1 request apart that `encodeRequest` made: workloads prepare one form for every transport. */
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
    headers[name === "host" ? ":authority" : name] = value;
  }
  return { headers, body: view.subarray(headEnd + 4) };
}
