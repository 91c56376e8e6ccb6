import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";

/** One stream under way: what the server's side and the client's side of it tell each other, past the wire. */
interface Loop {
  readonly chunks: number;
  send: (() => void) | undefined;
}

export interface ClosedLoop extends AsyncDisposable {
  readonly url: string;
  /**
   * Streams one answer from `to`, a server before this one or this one itself. The next chunk is sent when the client has the one before, so each
   * comes alone, however busy the machine is. Resolves with the time from the request to its first text, in milliseconds.
   */
  stream(to: string, path: string, chunks: number): Promise<number>;
}

const frame = Buffer.from(
  `data: ${JSON.stringify({
    id: "chatcmpl-7c3d9f0a61",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "model",
    choices: [{ index: 0, delta: { content: " token" }, finish_reason: null }],
  })}\n\n`,
);
const ending = [
  { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
  { choices: [], usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 } },
];
const last = Buffer.from(
  `${ending.map((data) => `data: ${JSON.stringify(data)}\n\n`).join("")}data: [DONE]\n\n`,
);
const bodies: Readonly<Record<string, (text: string) => object>> = {
  "/v1/chat/completions": (content) => ({
    model: "model",
    messages: [{ role: "user", content }],
    stream: true,
    stream_options: { include_usage: true },
  }),
  "/v1/messages": (content) => ({
    model: "model",
    max_tokens: 100_000,
    messages: [{ role: "user", content }],
    stream: true,
  }),
};

/** A server of OpenAI's dialect and its clients, in this process. */
export async function startClosedLoop(): Promise<ClosedLoop> {
  const loops = new Map<number, Loop>();
  let count = 0;
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    if (request.method === "GET") return void response.end('{"object":"list","data":[{"id":"model"}]}');
    let body = "";
    request.on("data", (bytes: Buffer) => (body += bytes.toString("latin1")));
    request.on("end", () => answer(loops.get(Number(/loop-(\d+)/.exec(body)![1])), response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  function answer(loop: Loop | undefined, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (loop === undefined) {
      // Its client is in another process.
      response.write(frame);
      return void response.end(last);
    }
    let left = loop.chunks;
    loop.send = () => {
      if (left > 0) response.write(frame);
      else if (left === 0) response.end(last);
      left -= 1;
    };
    loop.send();
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stream(to, path, chunks) {
      const id = (count += 1);
      const loop: Loop = { chunks, send: undefined };
      loops.set(id, loop);
      const { hostname, port, host } = new URL(to);
      const body = JSON.stringify(bodies[path]!(`loop-${id}`));
      return new Promise((resolve, reject) => {
        let firstMs: number | undefined;
        let text = "";
        const socket = connect({ host: hostname, port: Number(port), noDelay: true }, () => {
          const sentMs = performance.now();
          socket.on("data", (bytes: Buffer) => {
            const isEnd = bytes.includes("0\r\n\r\n", Math.max(0, bytes.length - 5));
            if (bytes.includes(" token")) {
              firstMs ??= performance.now() - sentMs;
              loop.send?.();
            } else if (firstMs === undefined) text += bytes.toString();
            if (isEnd) socket.destroy();
          });
          socket.on("close", () => {
            loops.delete(id);
            if (firstMs === undefined) reject(new Error(`no answer from ${path}: ${text}`));
            else resolve(firstMs);
          });
          socket.write(
            `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
          );
        });
        socket.on("error", reject);
      });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
