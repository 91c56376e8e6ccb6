import { request, type Agent, type IncomingHttpHeaders } from "node:http";

export interface TimedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** From the call to the last byte. */
  readonly ms: number;
  /** Whether the connection was there before. */
  readonly reused: boolean;
}

/** One request, a POST where it has a body. Rejects where the connection fails. */
export function timedCall(
  url: string,
  {
    agent,
    body,
    headers = {},
  }: { readonly agent: Agent; readonly body?: string; readonly headers?: Record<string, string> },
): Promise<TimedAnswer> {
  return new Promise((resolve, reject) => {
    const fromMs = performance.now();
    const method = body === undefined ? "GET" : "POST";
    const call = request(url, { method, agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          text: Buffer.concat(pieces).toString(),
          ms: performance.now() - fromMs,
          reused: call.reusedSocket,
        }),
      );
    });
    call.on("error", reject);
    call.end(body);
  });
}
