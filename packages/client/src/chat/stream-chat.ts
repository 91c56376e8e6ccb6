import type { IncomingMessage } from "node:http";
import {
  chatDialects,
  toChatEvents,
  WeirError,
  type ChatDialect,
  type ChatEvent,
  type ChatRequest,
} from "@weir/protocol";
import type { Target } from "../embed-batch.ts";
import { createBudget, decideNextStep, type RequestBudget } from "../request-budget.ts";
import { retryDelayMs } from "../retry-delay.ts";
import { waitToRetry } from "../send-once.ts";
import { toAnswerError } from "../to-answer-error.ts";
import type { ResolvedChatOptions } from "./chat-options.ts";
import { openAnswer, toHeaders } from "./open-answer.ts";
import { readChunks, type ReadOptions } from "./read-chunks.ts";

export interface ChatCall {
  readonly target: Target;
  readonly request: ChatRequest;
  readonly options: ResolvedChatOptions;
  readonly signal: AbortSignal | undefined;
  /** Told what came before the answer. */
  readonly onHead: (headers: Headers) => void;
}

const mostErrorBytes = 1 << 20;
const mostWholeBytes = 256 * 2 ** 20;
/** How long an answer that is complete may keep its connection before that is closed. */
const lingerMs = 1_000;

/** Sends a request, again where that may help and nothing of an answer has come, and yields the answer's events. */
export async function* streamChat(call: ChatCall): AsyncGenerator<ChatEvent, void, undefined> {
  const { options, signal } = call;
  const dialect = chatDialects[options.dialect];
  const budget = createBudget(options.timeoutMs);
  const opened = await openWithRetries(call, dialect, budget);
  const { response, url } = opened;
  const read = { url, budget, idleTimeoutMs: options.idleTimeoutMs, signal };
  call.onHead(toHeaders(response));
  let isDone = false;
  try {
    const type = response.headers["content-type"] ?? "";
    // Some servers answer in one piece whatever they are asked for.
    if (!options.streams || type.startsWith("application/json")) {
      const body = await readBody(response, read, mostWholeBytes);
      yield* toChatEvents(parse(url, () => dialect.parseResponse(body)));
      isDone = true;
      return;
    }
    for await (const event of readEvents(response, dialect, read)) {
      isDone = event.kind === "finish";
      yield event;
      if (isDone) return;
    }
  } finally {
    if (isDone) letGo(response);
    else response.destroy();
  }
}

async function* readEvents(
  response: IncomingMessage,
  dialect: ChatDialect,
  read: ReadOptions,
): AsyncGenerator<ChatEvent, void, undefined> {
  const decoder = dialect.createStreamDecoder();
  const chunks = readChunks(response, read);
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) {
      yield* parse(
        read.url,
        () => decoder.end(),
        next.value.kind === "broken" ? next.value.error : undefined,
      );
      return;
    }
    yield* parse(read.url, () => decoder.push(next.value));
    if (decoder.failure !== undefined) throw toNamed(read.url, decoder.failure);
  }
}

async function openWithRetries(
  { target, request, options, signal }: ChatCall,
  dialect: ChatDialect,
  budget: RequestBudget,
): Promise<{ readonly response: IncomingMessage; readonly url: string }> {
  const delivery = options.streams
    ? ({ kind: "stream", usage: true } as const)
    : ({ kind: "whole" } as const);
  const body = dialect.encodeRequest(request, delivery);
  for (let attempt = 0; ; attempt += 1) {
    let failure: { readonly error: WeirError; readonly delayMs: number | undefined };
    const delayAfter = (outcome: Parameters<typeof retryDelayMs>[0]): number | undefined =>
      retryDelayMs(outcome, attempt, Math.random(), Date.now());
    try {
      const timeoutMs = Math.min(options.firstByteTimeoutMs, Math.max(1, budget.leftMs()));
      const url = (await target.locate(signal, timeoutMs)) + dialect.path;
      const headers = toRequestHeaders(target, options, dialect, attempt, budget);
      const response = await openAnswer(url, { headers, body, signal, timeoutMs });
      if (response.statusCode === 200) return { response, url };
      const read = { url, budget, idleTimeoutMs: options.idleTimeoutMs, signal };
      const answer = {
        status: response.statusCode ?? 0,
        headers: toHeaders(response),
        body: await readBody(response, read, mostErrorBytes),
      };
      failure = {
        error: toAnswerError(url, answer, dialect),
        delayMs: delayAfter({ kind: "answer", ...answer }),
      };
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      const mayPass = error.code === "TARGET_UNREACHABLE";
      failure = { error, delayMs: mayPass ? delayAfter({ kind: "no-answer" }) : undefined };
    }
    if (attempt >= target.options.retries) throw failure.error;
    const next = decideNextStep(failure.error, failure.delayMs, budget.leftMs());
    if (next.kind === "give-up") throw next.error;
    await waitToRetry(next.delayMs, signal);
  }
}

function toRequestHeaders(
  { options: { headers } }: Target,
  options: ResolvedChatOptions,
  { name, streamType }: ChatDialect,
  attempt: number,
  budget: RequestBudget,
): Readonly<Record<string, string>> {
  const key = /^Bearer (.+)$/.exec(headers["authorization"] ?? "")?.[1];
  const leftMs = budget.leftMs();
  return {
    accept: options.streams ? `${streamType}, application/json` : "application/json",
    "content-type": "application/json",
    ...(name === "anthropic" ? { "anthropic-version": "2023-06-01" } : {}),
    ...(name === "anthropic" && key !== undefined ? { "x-api-key": key } : {}),
    ...(Number.isFinite(leftMs) ? { "x-request-timeout": (Math.max(1, leftMs) / 1_000).toFixed(3) } : {}),
    ...(attempt === 0 ? {} : { "x-stainless-retry-count": String(attempt) }),
    ...headers,
    ...options.headers,
  };
}

async function readBody(
  response: IncomingMessage,
  read: ReadOptions,
  mostBytes: number,
): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of readChunks(response, read)) {
    parts.push(part);
    length += part.length;
    if (length > mostBytes) {
      response.destroy();
      break;
    }
  }
  return Buffer.concat(parts);
}

/** What is wrong with an answer, with its address. */
function parse<T>(url: string, read: () => T, cause?: unknown): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    throw toNamed(url, error, cause);
  }
}

function toNamed(url: string, error: WeirError, cause: unknown = error.cause): WeirError {
  const why = cause instanceof Error && error.cause === undefined ? ` (${cause.message})` : "";
  return new WeirError(error.code, `${url}: ${error.message}${why}`, {
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What is left of a complete answer is read past, so that its connection can serve another request. */
function letGo(response: IncomingMessage): void {
  if (response.readableEnded) return;
  const timer = setTimeout(() => response.destroy(), lingerMs).unref();
  response.once("close", () => clearTimeout(timer));
  response.on("error", () => {});
  response.resume();
}
