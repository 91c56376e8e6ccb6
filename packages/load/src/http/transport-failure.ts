/** How an answer broke HTTP/1.1. Each has its own name, so that a report says what a server does wrong. */
export type MalformedAnswerKind =
  | "malformed-status-line"
  | "malformed-header"
  | "header-too-large"
  | "malformed-content-length"
  | "conflicting-lengths"
  | "unsupported-transfer-coding"
  | "malformed-chunk-size"
  | "chunk-size-overflow"
  | "chunk-line-too-long"
  | "missing-chunk-end"
  | "too-many-interim-answers"
  | "unexpected-upgrade"
  | "unexpected-bytes"
  | "closed-in-head"
  | "closed-in-body";

/** Why a connection could not be opened. */
export type ConnectFailureKind =
  | "connect-refused"
  | "connect-timeout"
  | "name-not-found"
  | "tls-failed"
  | "ports-exhausted"
  | "too-many-open-files"
  | "connect-failed";

/** Why an exchange ended without a whole answer. */
export type TransportFailureKind =
  | ConnectFailureKind
  | MalformedAnswerKind
  | "connection-reset"
  | "closed-before-answer"
  | "timeout"
  | "first-byte-timeout"
  | "request-body-failed"
  | "answer-too-large"
  | "http2-failed"
  | "stream-refused"
  | "stream-reset"
  | "write-failed";

export interface TransportFailure {
  readonly kind: TransportFailureKind;
  /** One sentence: what was expected and what came. */
  readonly message: string;
  /**
   * How long the connection had rested when the request was put on it, in milliseconds. Only where it had answered
   * before, was closed and gave not one byte of this answer: the server may have closed it as idle just then.
   */
  readonly restedMs?: number | undefined;
}

const connectFailures: ReadonlySet<string> = new Set<ConnectFailureKind>([
  "connect-refused",
  "connect-timeout",
  "name-not-found",
  "tls-failed",
  "ports-exhausted",
  "too-many-open-files",
  "connect-failed",
]);

export function isConnectFailure(kind: TransportFailureKind): kind is ConnectFailureKind {
  return connectFailures.has(kind);
}

/** Names what a socket said while it was connecting. */
export function toConnectFailure(error: NodeJS.ErrnoException, address: string): TransportFailure {
  switch (error.code ?? "") {
    case "ECONNREFUSED":
      return { kind: "connect-refused", message: `nothing listens at ${address}` };
    case "ETIMEDOUT":
      return { kind: "connect-timeout", message: `${address} did not accept a connection` };
    case "ENOENT":
      return { kind: "connect-failed", message: `there is no socket at ${address}` };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return { kind: "name-not-found", message: `the host name in ${address} has no address` };
    case "EADDRNOTAVAIL":
      return {
        kind: "ports-exhausted",
        message: `this machine has no free local port towards ${address}: the server closes connections faster than ports come back`,
      };
    case "EMFILE":
    case "ENFILE":
      return {
        kind: "too-many-open-files",
        message: `this process may not open another socket towards ${address}: raise the limit with \`ulimit -n\` in the shell before the run`,
      };
    default:
      break;
  }
  const tls = describeTlsError(error);
  return tls === undefined
    ? { kind: "connect-failed", message: `${address}: ${describeError(error)}` }
    : { kind: "tls-failed", message: `${address}: ${tls}` };
}

/** Names what a socket said while an answer was awaited. */
export function toExchangeFailure(error: NodeJS.ErrnoException): TransportFailure {
  switch (error.code ?? "") {
    case "ECONNRESET":
      return {
        kind: "connection-reset",
        message: "the server reset the connection before the answer was whole",
      };
    case "EPIPE":
      return {
        kind: "connection-reset",
        message: "the server closed the connection while the request was sent",
      };
    default:
      return { kind: "write-failed", message: describeError(error) };
  }
}

/** OpenSSL's texts have several lines and its own file names in them: the reason alone is kept. */
export function describeError(
  error: Error & { readonly reason?: unknown; readonly code?: string | undefined },
): string {
  const reason = typeof error.reason === "string" ? error.reason : error.message;
  return reason.replaceAll(/\s*\n\s*/g, " ").trim() || (error.code ?? "the connection failed");
}

/** What went wrong with TLS and what to do, in one line; undefined for an error that is none of TLS. */
function describeTlsError(error: NodeJS.ErrnoException): string | undefined {
  if (!isTlsError(error)) return undefined;
  const code = error.code ?? "";
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG")
    return "this port does not speak TLS: use http:// in the URL";
  if (code.endsWith("NO_APPLICATION_PROTOCOL"))
    return "the server does not offer HTTP/2 over TLS: leave out --http2";
  const reason = describeError(error);
  if (/SELF_SIGNED|UNABLE_TO_|CERT/.test(code))
    return `${reason}. Trust its certificate with --ca FILE, or any with --insecure.`;
  return reason;
}

function isTlsError(error: NodeJS.ErrnoException): boolean {
  const code = error.code ?? "";
  return (
    code.startsWith("ERR_TLS") ||
    code.startsWith("ERR_SSL") ||
    code.startsWith("CERT_") ||
    code.includes("CERT") ||
    code.startsWith("UNABLE_TO_") ||
    code.includes("SIGNATURE") ||
    code === "EPROTO"
  );
}

/** What each broken answer means, as one sentence. */
export const malformedMessages: Readonly<Record<MalformedAnswerKind | "closed-before-answer", string>> = {
  "malformed-status-line":
    "the answer does not begin with an HTTP/1.1 status line: this port may not speak HTTP",
  "malformed-header": "a header line is not `name: value` on one line of text",
  "header-too-large": "the header section is larger than 64 KiB",
  "malformed-content-length": "Content-Length is not a whole number",
  "conflicting-lengths": "the answer gives its length in two ways that contradict each other",
  "unsupported-transfer-coding": "Transfer-Encoding is something other than chunked",
  "malformed-chunk-size": "a chunk does not begin with its size in hexadecimal digits",
  "chunk-size-overflow": "a chunk's size is larger than 2^48 bytes",
  "chunk-line-too-long": "a chunk's size and its extensions are longer than 16 KiB",
  "missing-chunk-end": "a chunk is longer than the size it gave",
  "too-many-interim-answers": "more than 64 interim (1xx) answers came before the real one",
  "unexpected-upgrade": "the server switched to another protocol without being asked",
  "unexpected-bytes": "bytes follow the end of the answer",
  "closed-in-head": "the server closed the connection in the middle of the header section",
  "closed-in-body": "the server closed the connection in the middle of the body",
  "closed-before-answer": "the server closed the connection without an answer",
};
