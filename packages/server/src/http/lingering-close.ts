import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";

/** How much longer a client that sends what nobody wants is listened to, once it has its answer. */
export interface LingerLimits {
  /** Bytes that are thrown away. */
  readonly mostBytes: number;
  /** Without a byte, in milliseconds. */
  readonly idleMs: number;
  /** However it goes on, in milliseconds. */
  readonly totalMs: number;
  /** The same, once the server closes. */
  readonly closingMs: number;
}

/** For most clients on most links to send what they began; less than what slow headers and bodies are given anyway. */
const defaultLimits: LingerLimits = {
  mostBytes: 64 * 1024 * 1024,
  idleMs: 2_000,
  totalMs: 10_000,
  closingMs: 1_000,
};

const lookIntervalMs = 100;

/**
 * Answers to requests whose body is still coming reach their clients: a connection that is closed while they send is
 * reset, and most of them then report that instead of the answer. So the server ends its own half after the answer, and
 * throws away what still comes until the request is whole, the client leaves, or a limit is met. Nothing of it is kept,
 * and the request itself is over: it holds no place, no bytes and no log line.
 * After RFC 9112, section 9.6.
 */
export function addLingeringClose(app: FastifyInstance, limits: LingerLimits = defaultLimits): void {
  let closingAtMs = Number.POSITIVE_INFINITY;
  app.addHook("preClose", (done) => {
    closingAtMs = performance.now();
    done();
  });
  const findEnd = (fromMs: number): number =>
    Math.min(fromMs + limits.totalMs, Math.max(fromMs, closingAtMs) + limits.closingMs);

  app.addHook("onSend", ({ raw: request }, reply, _payload, done) => {
    if (!isOnItsWay(request)) {
      done();
      return;
    }
    const declaredBytes = Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY);
    // A client that waits to be told to go on may send its body or may not: what comes next has no meaning.
    const waits = request.headers.expect !== undefined;
    // What is short Node throws away, and the connection serves the next request.
    if (waits || declaredBytes > limits.mostBytes) reply.header("connection", "close");
    if (!waits) lingerAtClose(request, reply.raw, () => linger(request, limits, findEnd));
    done();
  });
}

function isOnItsWay({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Where Node would close the connection after the answer, only this half of it is closed. */
function lingerAtClose(request: IncomingMessage, response: ServerResponse, begin: () => void): void {
  const { socket } = request;
  // Set before, by an answer that another took the place of.
  if (Object.hasOwn(socket, "destroySoon")) return;
  const restore = (): void => void Reflect.deleteProperty(socket, "destroySoon");
  socket.destroySoon = () => {
    restore();
    if (request.complete) socket.destroySoon();
    else begin();
  };
  // After the answer, and after Node closes.
  response.once("close", restore);
}

function linger(
  request: IncomingMessage,
  { mostBytes, idleMs }: LingerLimits,
  findEnd: (fromMs: number) => number,
): void {
  const { socket } = request;
  const fromMs = performance.now();
  const fromBytes = socket.bytesRead;
  let before = { bytes: fromBytes, atMs: fromMs };

  const timer = setInterval(() => {
    const bytes = socket.bytesRead;
    const nowMs = performance.now();
    if (bytes !== before.bytes) before = { bytes, atMs: nowMs };
    const over = bytes - fromBytes > mostBytes || nowMs > findEnd(fromMs) || nowMs - before.atMs > idleMs;
    if (over) socket.destroy();
  }, lookIntervalMs).unref();
  socket.once("close", () => clearInterval(timer));
  socket.end();
  // All was read: what is closed now is not reset.
  request.once("end", () => socket.destroySoon());
  // Reading may have stopped half way, where it was too much.
  request.resume();
}
