import { WeirError, type ChatMessage } from "@weir/protocol";
import type { AskOptions } from "../http/ask-once.ts";
import type { Connection, ConnectionListener } from "../http/connection.ts";
import { parseHttpTarget } from "../http/http-target.ts";
import { openConnection } from "../http/open-connection.ts";
import type { ResponseHead } from "../http/response-head.ts";
import type { TransportFailure } from "../http/transport-failure.ts";
import { readRetryAdvice } from "../run/retry-policy.ts";
import { AnswerObservation } from "../streams/answer-observation.ts";
import { ChatAnswerReader } from "../streams/chat-answer-reader.ts";
import { excerptOf, findErrorMessage, tryParseJson } from "../streams/describe-error.ts";
import type { ChatPlan } from "./chat-plan.ts";
import { ChatRequestEncoder } from "./chat-request-encoder.ts";

/** What is asked, and how. */
export interface ChatQuestion extends Pick<ChatPlan, "dialect" | "model" | "stream" | "maxTokens"> {
  /** Oldest first; at least one. */
  readonly messages: readonly ChatMessage[];
  /** Beside those that the dialect needs. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What one question came to. Times are milliseconds from when it was sent; connecting is not in them. */
export type ChatReply =
  | {
      readonly kind: "answered";
      readonly text: string;
      readonly tookMs: number;
      /** To the first chunk with text, reasoning or a tool call; null where the answer was no stream. */
      readonly ttftMs: number | null;
      /** As the server counted them; null where it did not. `cached` is the part of `input` that came from a cache. */
      readonly tokens: {
        readonly input: number | null;
        readonly cached: number | null;
        readonly output: number | null;
      };
    }
  /** It answered, with a status other than 200. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly message: string;
      readonly tookMs: number;
      /** When the server says to come again; null where it does not, or means more than a minute. */
      readonly retryAfterMs: number | null;
    }
  /** No answer, or one that is no good; `failure` is what a run counts it by. */
  | { readonly kind: "failed"; readonly failure: string; readonly message: string };

const mostRefusalBytes = 64 * 1024;
/** Of an answer in one piece. */
const mostAnswerBytes = 64 * 1024 * 1024;

/**
 * One question on a connection of its own, encoded and read as a chat workload does it: for checks that need to see each
 * answer. Temperature 0. Throws USAGE where the URL or a header is none, and the signal's reason where it aborts.
 */
export async function askChatOnce(
  url: string,
  question: ChatQuestion,
  options: Omit<AskOptions, "mostBytes">,
): Promise<ChatReply> {
  const target = parseHttpTarget(url);
  const { headers = {}, messages, ...asked } = question;
  const plan: ChatPlan = {
    ...asked,
    kind: "chat",
    prompts: [],
    temperature: 0,
    ignoreEos: false,
    cache: { kind: "warm" },
    check: undefined,
    turns: { kind: "single" },
  };
  const request = new ChatRequestEncoder(plan, target, headers).encode(messages, undefined);
  const { signal } = options;
  signal?.throwIfAborted();
  return await new Promise<ChatReply>((resolve, reject) => {
    const onAbort = (): void => {
      connection.close();
      reject(
        signal?.reason instanceof Error ? signal.reason : new WeirError("CANCELLED", "it was cancelled"),
      );
    };
    const exchange = new ChatExchange(request, question, (reply) => {
      connection.close();
      signal?.removeEventListener("abort", onAbort);
      resolve(reply);
    });
    const connection = openConnection(target, options, exchange);
    exchange.connection = connection;
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

class ChatExchange implements ConnectionListener {
  connection: Connection | undefined;
  readonly #request: Uint8Array;
  readonly #stream: boolean;
  readonly #onDone: (reply: ChatReply) => void;
  readonly #observed = new AnswerObservation();
  readonly #reader: ChatAnswerReader;
  readonly #body: Buffer[] = [];
  #bodyBytes = 0;
  #sentMs = 0;
  #status = 0;
  #retryAfterMs: number | null = null;

  constructor(request: Uint8Array, { dialect, stream }: ChatQuestion, onDone: (reply: ChatReply) => void) {
    this.#request = request;
    this.#stream = stream;
    this.#onDone = onDone;
    this.#reader = new ChatAnswerReader(dialect, this.#observed, true);
  }

  onOpen(): void {
    this.#sentMs = this.connection!.send(this.#request);
  }

  onHead(head: ResponseHead): void {
    this.#status = head.status;
    this.#observed.begin();
    if (head.status === 200) {
      if (this.#stream) this.#reader.begin();
      return;
    }
    this.#retryAfterMs = readRetryAdvice(head, Date.now()).waitMs ?? null;
  }

  onBody(bytes: Uint8Array, start: number, end: number, atMs: number): void {
    if (this.#status === 200 && this.#stream) {
      this.#reader.push(bytes, start, end, atMs);
      return;
    }
    // Of a refusal its beginning is enough.
    if (this.#status !== 200 && this.#bodyBytes > mostRefusalBytes) return;
    this.#bodyBytes += end - start;
    if (this.#bodyBytes > mostAnswerBytes) {
      const message = `the answer is longer than ${mostAnswerBytes / 1024 / 1024} MiB`;
      this.#onDone({ kind: "failed", failure: "answer-too-large", message });
      return;
    }
    this.#body.push(Buffer.from(bytes.subarray(start, end)));
  }

  onEnd(atMs: number): void {
    const tookMs = atMs - this.#sentMs;
    const body = Buffer.concat(this.#body);
    if (this.#status !== 200) {
      const message = findErrorMessage(tryParseJson(body)) ?? excerptOf(body);
      const retryAfterMs = this.#retryAfterMs;
      this.#onDone({ kind: "refused", status: this.#status, message, tookMs, retryAfterMs });
      return;
    }
    const fault = this.#stream ? this.#reader.finish() : this.#reader.readWhole(body);
    if (fault !== undefined) {
      this.#onDone({ kind: "failed", ...fault });
      return;
    }
    const { firstTokenMs, inputTokens, cachedInputTokens, outputTokens } = this.#observed;
    this.#onDone({
      kind: "answered",
      text: this.#reader.kept.text,
      tookMs,
      ttftMs: this.#stream ? toNumber(firstTokenMs - this.#sentMs) : null,
      tokens: {
        input: toNumber(inputTokens),
        cached: toNumber(cachedInputTokens),
        output: toNumber(outputTokens),
      },
    });
  }

  onFailure({ kind: failure, message }: TransportFailure): void {
    this.#onDone({ kind: "failed", failure, message });
  }
}

function toNumber(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
