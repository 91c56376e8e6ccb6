import {
  embeddingDialects,
  parseErrorEnvelope,
  parseRetryAfter,
  WeirError,
  type EmbeddingDialectName,
  type ErrorCode,
} from "@weir/protocol";
import type { BackendState } from "../models/embedding-backend.ts";
import type { RemoteAnswer } from "./remote-connection.ts";

const longestQuote = 500;
/** What a server that is full and does not say for how long is left alone. */
const restMs = 1_000;

/**
 * An answer that is not 200, as what it means to the client: what is wrong with its request is its own, what the server
 * makes of us is not. `name` is the model's name here.
 */
export function toRemoteError(name: string, answer: RemoteAnswer, dialect: EmbeddingDialectName): WeirError {
  const { status } = answer;
  const { code, field } = parseErrorEnvelope(answer.body);
  const retryAfterMs = readAdvice(answer);
  const said = `the server behind model ${name} answered ${status}: ${describeBody(answer, dialect)}`;
  const known = toCode(status, code, retryAfterMs !== undefined);
  if (known === "QUEUE_FULL" || known === "NOT_READY") {
    return new WeirError(known, said, { retryAfterMs: retryAfterMs ?? restMs });
  }
  const ofRequest = known === "REMOTE_FAILED" || known === "REMOTE_REFUSED" ? undefined : field;
  return new WeirError(known, said, ofRequest === undefined ? {} : { field: ofRequest });
}

/** What it says of our key itself is the operator's to read. */
export function createKeyError(name: string, status: number): WeirError {
  const message = `the server behind model ${name} refuses the key that it is asked with (${status})`;
  return new WeirError("REMOTE_REFUSED", message);
}

/** What its clients are told while a server takes no jobs. */
export function toDownError(name: string, state: Exclude<BackendState, { kind: "ready" }>): WeirError {
  if (state.kind !== "unreachable") {
    return new WeirError("NOT_READY", `model ${name} was stopped`, { retryAfterMs: 1_000 });
  }
  const { cause, retryAfterMs } = state;
  return new WeirError("NOT_READY", `the server behind model ${name} is down: it ${cause}`, { retryAfterMs });
}

/** How long to wait, as the answer says, in milliseconds; undefined where it does not. */
export function readAdvice({ header }: RemoteAnswer): number | undefined {
  return parseRetryAfter({ inMs: header("retry-after-ms"), after: header("retry-after") }, Date.now());
}

/** Whether a server has no room for the request now, and might have later. */
export function isRefusalForNow(answer: RemoteAnswer): boolean {
  const { code } = parseErrorEnvelope(answer.body);
  return toCode(answer.status, code, readAdvice(answer) !== undefined) === "QUEUE_FULL";
}

/** Codes of another Weir that are about the request itself. */
const ofTheRequest: readonly (ErrorCode | undefined)[] = [
  "INVALID_REQUEST",
  "EMPTY_INPUT",
  "TOO_MANY_INPUTS",
  "INPUT_TOO_LONG",
  "BODY_TOO_LARGE",
];

/** Codes of another Weir that cannot compute now, whoever asks. */
const ofItsHealth: readonly (ErrorCode | undefined)[] = ["NOT_READY", "REPLICA_LOST", "REPLICA_START_FAILED"];

/** Whether an answer that is no vector still says that somebody is there to compute: it has no room now. */
export function isFull({ status, body }: RemoteAnswer): boolean {
  if (status === 429 || status === 529) return true;
  const { code } = parseErrorEnvelope(body);
  return status === 503 && (code === "QUEUE_FULL" || code === "DEADLINE_UNREACHABLE");
}

function toCode(status: number, code: ErrorCode | undefined, saysWhen: boolean): ErrorCode {
  if (code === "LOOP_DETECTED") return code;
  if (status === 503 && ofItsHealth.includes(code)) return "NOT_READY";
  if (status === 429 || status === 529 || (status === 503 && saysWhen)) return "QUEUE_FULL";
  if (status >= 500 || status === 408) return "REMOTE_FAILED";
  // Who we are and where we ask is the operator's affair, whichever model the client named.
  if (status < 400 || [401, 403, 404, 405].includes(status)) return "REMOTE_REFUSED";
  if (ofTheRequest.includes(code)) return code!;
  return status === 413 ? "BODY_TOO_LARGE" : "INVALID_REQUEST";
}

function describeBody({ body, header }: RemoteAnswer, dialect: EmbeddingDialectName): string {
  const location = header("location");
  if (location !== undefined) return `it is at ${location}`;
  const message = embeddingDialects[dialect].parseError(body);
  if (message !== undefined) return message;
  if (body.length === 0) return "an empty body";
  const text = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, longestQuote)).toString();
  return JSON.stringify(text);
}
