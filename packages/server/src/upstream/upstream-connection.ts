import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { describeCertificateProblem } from "../remote/certificate-problem.ts";
import { RemoteSilence, toReason } from "../remote/remote-connection.ts";
import { AnswerGarbage } from "./answer-garbage.ts";
import { AnswerReader, type AnswerHead } from "./answer-reader.ts";

export interface UpstreamRequest {
  readonly method: "GET" | "POST";
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

export interface UpstreamTimeouts {
  readonly connectMs: number;
  /** From the request to the first byte of its answer. */
  readonly firstByteMs: number;
  /** Between one byte of an answer and the next. */
  readonly idleMs: number;
}

interface ExchangeHandlers {
  /** What these throw ends the exchange, which rejects with it. */
  onHead(head: AnswerHead): void;
  onBody(bytes: Uint8Array, framed?: Uint8Array): void;
}

/** Connections to one server. Closing it ends what is under way. */
export interface UpstreamConnection extends AsyncDisposable {
  /**
   * Resolves when the answer is whole. One that was kept alive and turns out to be dead before anything came is replaced by
   * a new one. Rejects with RemoteSilence, AnswerGarbage, or the signal's reason.
   */
  exchange(
    request: UpstreamRequest,
    handlers: ExchangeHandlers,
    timeouts: UpstreamTimeouts,
    signal: AbortSignal,
  ): Promise<void>;
}

/** What is on a connection now. */
interface Tenant {
  onBytes(bytes: Buffer): void;
  onClose(error: Error | undefined): void;
}

interface Line {
  readonly socket: Socket;
  readonly secure: boolean;
  tenant: Tenant | undefined;
  connected: boolean;
  used: boolean;
}

/**
 * An answer under way is looked at so often in the time that it may say nothing. A timer that is set anew for each of its chunks costs
 * as much as passing the chunk on.
 */
const looks = 8;
/** One read of a socket has at most so many. */
const readBytes = 64 * 1024;

export function openUpstreamConnection(url: string): UpstreamConnection {
  const { protocol, hostname, host, port } = new URL(url);
  const secure = protocol === "https:";
  const address = {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (secure ? 443 : 80) : Number(port),
  };
  const idle: Line[] = [];
  const open = new Set<Line>();
  const closing = new AbortController();

  function openLine(): Line {
    let failure: Error | undefined;
    function take(bytes: Buffer): void {
      // Nobody asked for anything.
      if (line.tenant === undefined) socket.destroy();
      else line.tenant.onBytes(bytes);
    }
    // Its bytes go to the tenant without a stream in between, where the socket can do that: half of what a chunk costs.
    const socket = secure
      ? connectSecure({ ...address, ...toServerName(address.host), ALPNProtocols: ["http/1.1"] })
      : connectPlain({
          ...address,
          onread: {
            buffer: Buffer.allocUnsafe(readBytes),
            callback(count, buffer) {
              take((buffer as Buffer).subarray(0, count));
              return true;
            },
          },
        });
    const line: Line = { socket, secure, tenant: undefined, connected: false, used: false };
    socket.setNoDelay(true);
    if (secure) socket.on("data", take);
    socket.once(secure ? "secureConnect" : "connect", () => (line.connected = true));
    socket.on("error", (error) => (failure = error));
    socket.once("close", () => {
      open.delete(line);
      const index = idle.indexOf(line);
      if (index >= 0) idle.splice(index, 1);
      line.tenant?.onClose(failure);
    });
    open.add(line);
    return line;
  }

  function send({ socket }: Line, { method, path, headers, body }: UpstreamRequest): void {
    let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n`;
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
    if (body === undefined) {
      socket.write(`${head}\r\n`, "latin1");
      return;
    }
    socket.cork();
    socket.write(`${head}content-length: ${body.byteLength}\r\n\r\n`, "latin1");
    socket.write(body);
    socket.uncork();
  }

  function exchangeOn(
    line: Line,
    request: UpstreamRequest,
    handlers: ExchangeHandlers,
    { connectMs, firstByteMs, idleMs }: UpstreamTimeouts,
    signal: AbortSignal,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      let began = false;
      /** Looks in which nothing had come. */
      let silent = 0;
      let timer: NodeJS.Timeout | undefined;
      const stop = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", cancel);
        line.tenant = undefined;
      };
      const fail = (error: unknown): void => {
        stop();
        line.socket.destroy();
        reject(error);
      };
      const cancel = (): void => fail(toReason(signal));
      const expectWithin = (ms: number, kind: RemoteSilence["kind"], why: string): void => {
        clearTimeout(timer);
        timer = setTimeout(() => fail(new RemoteSilence(kind, why, undefined)), ms);
      };
      const expectAnswer = (): void =>
        expectWithin(firstByteMs, "late", `did not answer within ${firstByteMs} ms`);
      const expectMore = (): void => {
        clearTimeout(timer);
        timer = setInterval(() => {
          silent += 1;
          // The first may come right behind a byte.
          if (silent > looks)
            fail(new RemoteSilence("broken-off", `sent nothing more for ${idleMs} ms`, undefined));
        }, idleMs / looks);
      };
      const reader = new AnswerReader({
        ...handlers,
        onEnd(reusable) {
          stop();
          line.used = true;
          if (reusable && !line.socket.destroyed && !closing.signal.aborted) idle.push(line);
          else line.socket.destroy();
          resolve();
        },
      });
      line.tenant = {
        onBytes(bytes) {
          silent = 0;
          if (!began) {
            began = true;
            expectMore();
          }
          try {
            reader.push(bytes);
          } catch (error) {
            fail(error);
          }
        },
        onClose(error) {
          try {
            if (error === undefined && began) {
              reader.close();
              return;
            }
          } catch {
            // Told below.
          }
          const why = describeFailure(error);
          const kind = began ? "broken-off" : "unreachable";
          fail(new RemoteSilence(kind, began ? `broke its answer off: it ${why}` : why, error));
        },
      };
      if (signal.aborted) return cancel();
      signal.addEventListener("abort", cancel, { once: true });
      if (line.connected) expectAnswer();
      else {
        expectWithin(connectMs, "unreachable", `took no connection within ${connectMs} ms`);
        line.socket.once(line.secure ? "secureConnect" : "connect", () => {
          if (line.tenant !== undefined) expectAnswer();
        });
      }
      send(line, request);
    });
  }

  return {
    async exchange(request, handlers, timeouts, signal) {
      if (closing.signal.aborted) throw new RemoteSilence("unreachable", "was given up", undefined);
      if (signal.aborted) throw toReason(signal);
      const kept = idle.pop();
      if (kept === undefined) return exchangeOn(openLine(), request, handlers, timeouts, signal);
      try {
        return await exchangeOn(kept, request, handlers, timeouts, signal);
      } catch (error) {
        // It may have been closed for being idle while we wrote.
        const isDead = error instanceof RemoteSilence && error.kind === "unreachable";
        if (!isDead || signal.aborted) throw error;
      }
      return exchangeOn(openLine(), request, handlers, timeouts, signal);
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      idle.length = 0;
      const closed = [...open].map(({ socket }) => {
        const over = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
        socket.destroy();
        return over;
      });
      await Promise.all(closed);
    },
  };
}

/** Without addresses: clients read it. */
function describeFailure(error: Error | undefined): string {
  if (error === undefined) return "closed the connection";
  if (error instanceof AnswerGarbage) return error.message;
  const inner = error instanceof AggregateError ? (error.errors[0] as Error) : error;
  const code = (inner as NodeJS.ErrnoException).code ?? inner.name;
  switch (code) {
    case "ECONNREFUSED":
      return "refuses connections";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `has no address (${code})`;
    case "ECONNRESET":
    case "EPIPE":
      return "closed the connection";
    default:
      return describeCertificateProblem(code) ?? `cannot be talked to (${code})`;
  }
}

/** RFC 6066: an address is no name of a server. */
function toServerName(host: string): { readonly servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}
