import { embeddingDialects, WeirError } from "@weir/protocol";
import type { Target } from "./embed-batch.ts";
import { createBudget, decideNextStep } from "./request-budget.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { sendOnce, throwIfCancelled, waitToRetry, type Answer } from "./send-once.ts";
import { toAnswerError } from "./to-answer-error.ts";

export interface ModelEntry {
  /** What to send as `model`. */
  readonly name: string;
  /** Where the server says so. */
  readonly createdAt: Date | undefined;
}

/** What a server says of itself. `reason` is its own word, or why it could not be asked. */
export type Health =
  | { readonly kind: "ready" }
  | { readonly kind: "not-ready"; readonly reason: string }
  | { readonly kind: "unreachable"; readonly reason: string };

/** GET /v1/models. Retries as a request does. Throws a WeirError with the server's message. */
export async function listModels(
  target: Target,
  signal: AbortSignal | undefined,
): Promise<readonly ModelEntry[]> {
  const { options } = target;
  const budget = createBudget(options.timeoutMs);
  for (let attempt = 0; ; attempt += 1) {
    let failure: { readonly error: WeirError; readonly delayMs: number | undefined };
    const delayAfter = (outcome: Parameters<typeof retryDelayMs>[0]): number | undefined =>
      retryDelayMs(outcome, attempt, Math.random(), Date.now());
    try {
      const url = `${await target.locate(signal, budget.leftMs())}/v1/models`;
      const answer = await sendOnce(url, { headers: options.headers, budget, signal });
      if (answer.status === 200) return parseModels(url, answer);
      failure = {
        error: toAnswerError(url, answer, embeddingDialects[options.dialect]),
        delayMs: delayAfter({ kind: "answer", ...answer }),
      };
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      const mayPass = error.code === "TARGET_UNREACHABLE";
      failure = { error, delayMs: mayPass ? delayAfter({ kind: "no-answer" }) : undefined };
    }
    if (attempt >= options.retries) throw failure.error;
    const next = decideNextStep(failure.error, failure.delayMs, budget.leftMs());
    if (next.kind === "give-up") throw next.error;
    await waitToRetry(next.delayMs, signal);
  }
}

function parseModels(url: string, { body }: Answer): readonly ModelEntry[] {
  let data: unknown;
  try {
    data = (JSON.parse(Buffer.from(body).toString()) as { data?: unknown } | null)?.data;
  } catch {
    data = undefined;
  }
  if (!Array.isArray(data)) {
    throw new WeirError("TARGET_ANSWER_INVALID", `${url}: expected {"data": [...]}, got something else`);
  }
  const entries = data as readonly ({ readonly id?: unknown; readonly created?: unknown } | null)[];
  return entries.map((entry, index) => {
    if (typeof entry?.id !== "string") {
      throw new WeirError("TARGET_ANSWER_INVALID", `${url}: data[${index}].id: expected a string`);
    }
    const { id, created } = entry;
    return { name: id, createdAt: typeof created === "number" ? new Date(created * 1_000) : undefined };
  });
}

/** GET /health, once. Never throws but CANCELLED. */
export async function readHealth(target: Target, signal: AbortSignal | undefined): Promise<Health> {
  try {
    const { headers, timeoutMs } = target.options;
    const url = `${await target.locate(signal, 0)}/health`;
    const answer = await sendOnce(url, { headers, budget: createBudget(timeoutMs), signal });
    if (answer.status === 200) return { kind: "ready" };
    return { kind: "not-ready", reason: readReason(answer) };
  } catch (error) {
    throwIfCancelled(signal);
    const reason = error instanceof Error ? error.message : String(error);
    const isKnown = error instanceof WeirError && error.code === "NOT_READY";
    return { kind: isKnown ? "not-ready" : "unreachable", reason };
  }
}

function readReason({ status, body }: Answer): string {
  try {
    const { reason } = JSON.parse(Buffer.from(body).toString()) as { reason?: unknown };
    if (typeof reason === "string") return reason;
  } catch {
    // Many servers answer with a status alone.
  }
  return `status ${status}`;
}
