import { setTimeout as sleep } from "node:timers/promises";
import { openaiDialect, WeirError, type ReceivedEmbeddings } from "@weir/protocol";
import type { ResolvedClientOptions } from "./client-options.ts";
import { postOnce, throwIfCancelled } from "./post-once.ts";
import { retryDelayMs, type AttemptOutcome } from "./retry-delay.ts";
import { toAnswerError } from "./to-answer-error.ts";

/** One request with its retries. Throws a WeirError with the last attempt's reason. */
export async function embedBatch(
  texts: readonly string[],
  options: ResolvedClientOptions,
  signal: AbortSignal | undefined,
): Promise<ReceivedEmbeddings> {
  const body = openaiDialect.encodeRequest(
    {
      model: options.model,
      inputs: { kind: "texts", texts },
      normalize: true,
      pooling: undefined,
      dimensions: undefined,
      truncate: true,
    },
    "base64",
  );
  for (let attempt = 0; ; attempt += 1) {
    const tried = await tryOnce(body, texts.length, attempt, options, signal);
    if (tried.kind === "embedded") return tried.received;
    if (tried.delayMs === undefined || attempt >= options.retries) throw tried.error;
    await wait(tried.delayMs, signal);
  }
}

type Tried =
  | { readonly kind: "embedded"; readonly received: ReceivedEmbeddings }
  | { readonly kind: "failed"; readonly error: unknown; readonly delayMs: number | undefined };

async function tryOnce(
  body: Uint8Array,
  expectedCount: number,
  attempt: number,
  options: ResolvedClientOptions,
  signal: AbortSignal | undefined,
): Promise<Tried> {
  const delayAfter = (outcome: AttemptOutcome): number | undefined =>
    retryDelayMs(outcome, attempt, Math.random(), Date.now());
  let answer;
  try {
    answer = await postOnce(body, { ...options, signal });
  } catch (error) {
    const mayPass = error instanceof WeirError && error.code === "TARGET_UNREACHABLE";
    return { kind: "failed", error, delayMs: mayPass ? delayAfter({ kind: "no-answer" }) : undefined };
  }
  if (answer.status !== 200) {
    const delayMs = delayAfter({ kind: "answer", status: answer.status, headers: answer.headers });
    return { kind: "failed", error: toAnswerError(options.endpoint, answer, delayMs), delayMs };
  }
  const received = openaiDialect.parseResponse(answer.body);
  if (received.vectors.count === expectedCount) return { kind: "embedded", received };
  const message = `${options.endpoint}: expected ${expectedCount} vectors, got ${received.vectors.count}`;
  throw new WeirError("TARGET_ANSWER_INVALID", message);
}

async function wait(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  }
}
