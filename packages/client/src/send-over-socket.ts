import { request, type IncomingMessage } from "node:http";
import type { Answer } from "./send-once.ts";

export interface SocketRequest {
  readonly socketPath: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/**
 * One request over a Unix socket or a named pipe, which fetch cannot reach. On a connection of its own: to open one
 * costs little there, and none that the server has closed meanwhile is met. Rejects as fetch does.
 */
export async function sendOverSocket({ body, ...options }: SocketRequest): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = request({ ...options, method: body === undefined ? "GET" : "POST", agent: false }, resolve);
    call.on("error", reject);
    call.end(body);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const headers = new Headers();
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks) };
}
