import { createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { chatDialects, type ChatStreamEncoder } from "@weir/protocol";

const head =
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";

/**
 * Answers every request with a streamed chat answer in OpenAI's dialect, its frames made beforehand, as fast as the
 * reader takes them. All open streams get a write in turn.
 * @param burst frames in one write, each an HTTP chunk of its own
 * @returns the port
 */
export async function startChunkBlaster(chunks: number, burst: number): Promise<number> {
  const frames = gather(encodeFrames(chunks), burst);
  /** Streams under way, with the place of their next frame. */
  const open = new Map<Socket, number>();
  let turning = false;
  const turn = (): void => {
    for (const [socket, place] of open) {
      if (socket.writableNeedDrain) continue;
      socket.write(frames[place]!);
      if (place + 1 === frames.length) open.delete(socket);
      else open.set(socket, place + 1);
    }
    turning = open.size > 0;
    if (turning) setImmediate(turn);
  };
  const server = createServer({ noDelay: true }, (socket) => {
    // A small request comes in one piece, and the next only after its answer.
    socket.on("data", () => {
      open.set(socket, 0);
      if (turning) return;
      turning = true;
      setImmediate(turn);
    });
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function gather(frames: readonly Buffer[], burst: number): Buffer[] {
  return Array.from({ length: Math.ceil(frames.length / burst) }, (_, index) =>
    Buffer.concat(frames.slice(index * burst, (index + 1) * burst)),
  );
}

/** As HTTP chunks; the head with the first, the end of the answer as the last. */
function encodeFrames(chunks: number): Buffer[] {
  const encoder: ChatStreamEncoder = chatDialects.openai.createStreamEncoder(
    { id: "bench", model: "bench", createdAtMs: Date.now(), inputTokens: 8, cachedInputTokens: 0 },
    { usage: true, roleOnlyDelta: true, nowMs: Date.now },
  );
  const words = [" the", " weir", " holds", ' "the"', " river", ",", " Gewässer", ".\n"];
  const usage = { inputTokens: 8, outputTokens: chunks, cachedInputTokens: 0, reasoningTokens: 0 };
  return [
    Buffer.concat([Buffer.from(head), toHttpChunk(encoder.open())]),
    ...Array.from({ length: chunks }, (_, index) =>
      toHttpChunk(encoder.encode({ kind: "text", text: words[index % words.length]! })),
    ),
    Buffer.concat([
      toHttpChunk(encoder.encode({ kind: "finish", finish: { reason: "length", usage } })),
      Buffer.from("0\r\n\r\n"),
    ]),
  ];
}

function toHttpChunk(frame: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${frame.length.toString(16)}\r\n`), frame, Buffer.from("\r\n")]);
}
