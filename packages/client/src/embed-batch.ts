import {
  embeddingDialects,
  truncatedInputsHeader,
  WeirError,
  type ReceivedEmbeddings,
  type VectorEncoding,
} from "@weir/protocol";
import type { ResolvedClientOptions } from "./client-options.ts";
import { toFailureScope, type FailureScope } from "./failure-scope.ts";
import { normalizeRows } from "./normalize-rows.ts";
import { createBudget, decideNextStep, type RequestBudget } from "./request-budget.ts";
import { retryDelayMs, type AttemptOutcome } from "./retry-delay.ts";
import { sendOnce, waitToRetry, type Answer } from "./send-once.ts";
import { toAnswerError } from "./to-answer-error.ts";

/** One server, and what has been learnt about it. */
export interface Target {
  readonly options: ResolvedClientOptions;
  /** The server's address at this moment, without a final slash; waits for one for at most `waitMs`. */
  readonly locate: (signal: AbortSignal | undefined, waitMs: number) => Promise<string>;
  /** Starts as base64 where the dialect has it; a server that refuses it gets floats from then on. */
  encoding: VectorEncoding;
}

export function createTarget(options: ResolvedClientOptions, locate?: Target["locate"]): Target {
  return {
    options,
    locate: locate ?? (async () => options.baseUrl),
    encoding: options.dialect === "openai" ? "base64" : "float",
  };
}

export type BatchOutcome =
  | { readonly kind: "embedded"; readonly received: ReceivedEmbeddings }
  | { readonly kind: "failed"; readonly error: WeirError; readonly scope: FailureScope };

interface Failed {
  readonly kind: "failed";
  readonly error: WeirError;
  readonly scope: FailureScope;
  /** Undefined where another attempt would not help. */
  readonly delayMs: number | undefined;
}

/** A request that ended a model's process this often is not sent again as it is: it takes others' work down with it. */
const mostLosses = 1;

/**
 * One request with its retries, all within `timeoutMs`. `persistent` false gives up at once on failures that the inputs may have caused. Throws
 * CANCELLED alone.
 */
export async function embedBatch(
  texts: readonly string[],
  target: Target,
  persistent: boolean,
  signal: AbortSignal | undefined,
): Promise<BatchOutcome> {
  const budget = createBudget(target.options.timeoutMs);
  let losses = 0;
  for (let attempt = 0; ; attempt += 1) {
    const tried = await tryOnce(texts, { attempt, target, budget, signal });
    if (tried.kind === "embedded") return tried;
    const { kind, error, scope, delayMs } = tried;
    if (error.code === "REPLICA_LOST") losses += 1;
    const isSuspect = scope.kind === "inputs" && (!persistent || losses > mostLosses);
    const isLast = attempt >= target.options.retries || isSuspect;
    if (isLast) return { kind, error, scope };
    const next = decideNextStep(error, delayMs, budget.leftMs());
    if (next.kind === "give-up") return { kind, error: next.error, scope };
    await waitToRetry(next.delayMs, signal);
  }
}

interface Attempt {
  /** Counts from 0. */
  readonly attempt: number;
  readonly target: Target;
  readonly budget: RequestBudget;
  readonly signal: AbortSignal | undefined;
}

async function tryOnce(
  texts: readonly string[],
  { attempt, target, budget, signal }: Attempt,
): Promise<Extract<BatchOutcome, { kind: "embedded" }> | Failed> {
  const { options, encoding } = target;
  const dialect = embeddingDialects[options.dialect];
  const delayAfter = (outcome: AttemptOutcome): number | undefined =>
    retryDelayMs(outcome, attempt, Math.random(), Date.now());
  let url = options.baseUrl + dialect.path;
  let answer;
  try {
    url = (await target.locate(signal, budget.leftMs())) + dialect.path;
    const headers = toHeaders(options, attempt, budget.leftMs());
    answer = await sendOnce(url, { headers, budget, signal, body: encodeBody(texts, options, encoding) });
  } catch (error) {
    if (!(error instanceof WeirError) || error.code === "CANCELLED") throw error;
    const mayPass = error.code === "TARGET_UNREACHABLE";
    const delayMs = mayPass ? delayAfter({ kind: "no-answer" }) : undefined;
    return { kind: "failed", error, scope: { kind: "server" }, delayMs };
  }
  if (answer.status === 200) return readAnswer(url, answer, texts.length, options);
  const error = toAnswerError(url, answer, dialect);
  if (encoding === "base64" && refusesBase64(answer, error)) {
    target.encoding = "float";
    return tryOnce(texts, { attempt, target, budget, signal });
  }
  const delayMs = delayAfter({ kind: "answer", status: answer.status, headers: answer.headers });
  return { kind: "failed", error, scope: toFailureScope(answer, error), delayMs };
}

/**
 * Weir refuses at once what it could not answer in the time that is left, and keeps places for those who come back; other
 * servers know no such headers.
 */
function toHeaders(
  { headers }: ResolvedClientOptions,
  attempt: number,
  leftMs: number,
): Readonly<Record<string, string>> {
  const isSet = Object.keys(headers).some((name) => name.toLowerCase() === "x-request-timeout");
  return {
    ...headers,
    ...(isSet ? {} : { "x-request-timeout": (Math.max(1, leftMs) / 1_000).toFixed(3) }),
    ...(attempt === 0 ? {} : { "x-stainless-retry-count": String(attempt) }),
  };
}

function encodeBody(
  texts: readonly string[],
  options: ResolvedClientOptions,
  encoding: VectorEncoding,
): Uint8Array {
  const canAskForRaw = options.dialect === "sidecar" || options.dialect === "tei";
  const request = {
    model: options.model,
    inputs: { kind: "texts", texts },
    normalize: options.normalize || !canAskForRaw,
    pooling: undefined,
    dimensions: options.dimensions,
    truncate: options.allowTruncation,
  } as const;
  return embeddingDialects[options.dialect].encodeRequest(request, encoding);
}

function readAnswer(
  url: string,
  answer: Answer,
  expectedCount: number,
  options: ResolvedClientOptions,
): Extract<BatchOutcome, { kind: "embedded" }> | Failed {
  const failed = (message: string, scope?: FailureScope): Failed => {
    const error = new WeirError("TARGET_ANSWER_INVALID", `${url}: ${message}`);
    return { kind: "failed", error, scope: scope ?? toFailureScope(answer, error), delayMs: undefined };
  };
  try {
    const received = embeddingDialects[options.dialect].parseResponse(answer.body);
    const { count } = received.vectors;
    if (count !== expectedCount) {
      return failed(`expected ${expectedCount} vectors, got ${count}`, { kind: "server" });
    }
    if (options.normalize) normalizeRows(received.vectors);
    const truncated = received.truncated ?? readTruncated(answer.headers);
    return { kind: "embedded", received: { ...received, truncated } };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

/** Answers that are bare lists say it in the header, and there only where something was cut. */
function readTruncated(headers: Headers): number | undefined {
  const text = headers.get(truncatedInputsHeader);
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

function refusesBase64(answer: Answer, error: WeirError): boolean {
  return (answer.status === 400 || answer.status === 422) && /encoding_format|base64/i.test(error.message);
}
