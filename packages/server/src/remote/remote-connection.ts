import { WeirError } from "@weir/protocol";
import type { Dispatcher, Pool } from "undici";
import { describeCertificateProblem } from "./certificate-problem.ts";

export interface RemoteAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/** Connections to one server. Closing it ends what is under way. */
export interface RemoteConnection extends AsyncDisposable {
  /**
   * Posts JSON and reads the whole answer. A connection that dies before anything came back is tried once more on another.
   * Throws RemoteSilence, or the signal's reason.
   */
  post(path: string, body: Uint8Array, options: PostOptions): Promise<RemoteAnswer>;
}

interface PostOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Beside those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** There was no answer, or not a whole one. `why` is half a sentence. */
export class RemoteSilence extends Error {
  readonly kind: "unreachable" | "late" | "broken-off";
  readonly why: string;

  constructor(kind: RemoteSilence["kind"], why: string, cause: unknown) {
    super(why, { cause });
    this.kind = kind;
    this.why = why;
  }
}

/** Why a server gives no vectors, as half a sentence about it. */
export function describeCause(error: unknown): string {
  if (error instanceof RemoteSilence) return error.why;
  return `gives no vectors: ${error instanceof Error ? error.message : String(error)}`;
}

/** Answers above this are not read: 2,048 vectors of 4,096 numbers take about 100 MB. */
const mostAnswerBytes = 256 * 1024 * 1024;
const connectTimeoutMs = 5_000;

export async function openRemoteConnection(
  origin: string,
  { slots, key }: { readonly slots: number; readonly key: string | undefined },
): Promise<RemoteConnection> {
  // Loaded by those who have a remote model only.
  const undici = await import("undici");
  const pool: Pool = new undici.Pool(origin, {
    // One more than is used: a trial finds a connection when all others hang.
    connections: slots + 1,
    pipelining: 1,
    // The whole exchange has one limit, of ours.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectTimeoutMs },
    maxResponseSize: mostAnswerBytes,
  });
  const headers = {
    accept: "application/json",
    "content-type": "application/json",
    "user-agent": "weir",
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };

  async function exchange(
    path: string,
    body: Uint8Array,
    signal: AbortSignal,
    further: Readonly<Record<string, string>>,
  ): Promise<RemoteAnswer> {
    const ask = (): Promise<Dispatcher.ResponseData> =>
      pool.request({ method: "POST", path, headers: { ...headers, ...further }, body, signal });
    let response: Dispatcher.ResponseData;
    try {
      response = await ask().catch((error: unknown) => {
        // It may have been closed for being idle while we wrote; vectors have no effect beside their answer.
        if (signal.aborted || !isDeadConnection(error)) throw error;
        return ask();
      });
    } catch (error) {
      throw new RemoteSilence("unreachable", describeFailure(error), error);
    }
    try {
      const bytes = new Uint8Array(await response.body.arrayBuffer());
      const answered = response.headers;
      const header = (name: string): string | undefined => answered[name]?.toString();
      return { status: response.statusCode, header, body: bytes };
    } catch (error) {
      throw new RemoteSilence("broken-off", `broke its answer off: it ${describeFailure(error)}`, error);
    }
  }

  return {
    async post(path, body, { timeoutMs, signal, headers: further = {} }) {
      if (signal.aborted) throw toReason(signal);
      // One controller and one timer that is cleared: signals made by AbortSignal.any can be collected before they fire.
      const controller = new AbortController();
      const cancel = (): void => controller.abort();
      const timer = setTimeout(cancel, timeoutMs);
      signal.addEventListener("abort", cancel, { once: true });
      try {
        return await exchange(path, body, controller.signal, further);
      } catch (error) {
        if (signal.aborted) throw toReason(signal);
        if (!controller.signal.aborted) throw error;
        throw new RemoteSilence("late", `did not answer within ${timeoutMs} ms`, error);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", cancel);
      }
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

/** A signal of admission says in our words why it fired; others only that the client is gone. */
export function toReason({ reason }: AbortSignal): WeirError {
  if (reason instanceof WeirError) return reason;
  return new WeirError("CANCELLED", "the client went away before the answer was there", { cause: reason });
}

function isDeadConnection(error: unknown): boolean {
  return ["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(codeOf(error));
}

/** Without addresses: clients read it. */
function describeFailure(error: unknown): string {
  const code = codeOf(error);
  switch (code) {
    case "ECONNREFUSED":
      return "refuses connections";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `has no address (${code})`;
    case "UND_ERR_CONNECT_TIMEOUT":
      return `took no connection within ${connectTimeoutMs} ms`;
    case "UND_ERR_RES_EXCEEDED_MAX_SIZE":
      return `sent more than ${mostAnswerBytes} bytes`;
    case "UND_ERR_SOCKET":
    case "ECONNRESET":
    case "EPIPE":
      return "closed the connection";
    default:
      return describeCertificateProblem(code) ?? `cannot be talked to (${code})`;
  }
}

function codeOf(error: unknown): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  if (!(inner instanceof Error)) return "unknown";
  return (inner as NodeJS.ErrnoException).code ?? inner.name;
}
