import type { FastifyBaseLogger } from "fastify";
import type { RequestReport } from "../http/request-report.ts";
import { otherRoute, type RequestEnd } from "../observing/request-end.ts";

type JobName = NonNullable<RequestReport["job"]>;

/** From how many milliseconds on a request is logged as slow; infinite for never. */
export interface SlowRequestLimits {
  /** For every kind of job that is not named, chat aside. @default 100 */
  readonly defaultMs?: number;
  /** For one kind of job. @default chat 30000 */
  readonly byJob?: Readonly<Partial<Record<JobName, number>>>;
}

interface RequestEntry {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | undefined>>;
}

const defaultSlowMs = 100;
/** Answers are written token by token: as long as that goes on, nothing is wrong. */
const slowChatMs = 30_000;
/** Enough of an unknown path to see what somebody tried. */
const pathLength = 100;

/**
 * The one line of a request, with the split by phase. Probes are debug lines, whatever
 * they say: an orchestrator asks every few seconds. Nothing of a body, header or query string gets in.
 */
function toRequestEntry(end: RequestEnd, slow: SlowRequestLimits = {}): RequestEntry {
  const { method, route, probe, status, outcome, totalMs, report, request } = end;
  const { keyId, job, model, refusal, failure, chat, queueMs, tokenizeMs, inferMs, encodeMs } = report;
  const slowMs = (job === undefined ? undefined : slow.byJob?.[job]) ?? findSlowMs(job, slow);
  const isSlow = totalMs >= slowMs;
  const fields = {
    method,
    route,
    path: route === otherRoute ? request.url.split("?", 1)[0]!.slice(0, pathLength) : undefined,
    status,
    keyId,
    model,
    job,
    refusal,
    failure,
    totalMs: rounded(totalMs),
    queueMs: rounded(queueMs),
    tokenizeMs: rounded(tokenizeMs),
    inferMs: rounded(inferMs),
    encodeMs: rounded(encodeMs),
    otherMs: rounded(end.otherMs),
    firstTokenMs: rounded(report.firstTokenMs),
    inputTokens: chat?.inputTokens,
    cachedTokens: chat?.cachedTokens,
    outputTokens: chat?.outputTokens,
    inputs: report.inputs,
    tokens: report.tokens,
    batches: report.batches,
    cacheHits: report.cache?.hits ?? (report.isCachedAnswer ? 1 : undefined),
  };
  // A deadline that passed is the load's doing; what else failed is a fault.
  const level = refusal === undefined ? "error" : "warn";
  if (outcome === "failed" && !probe) return { level, message: "request failed", fields };
  if (isSlow && outcome !== "cancelled") return { level: "warn", message: "slow request", fields };
  return {
    level: probe ? "debug" : "info",
    message: outcome === "ok" ? "request" : `request ${outcome}`,
    fields,
  };
}

function findSlowMs(job: JobName | undefined, { defaultMs = defaultSlowMs }: SlowRequestLimits): number {
  return job === "chat" ? slowChatMs : defaultMs;
}

/** Its id comes from the request's own logger. */
export function logRequest(end: RequestEnd, slow: SlowRequestLimits, traceId: string | undefined): void {
  const { level, message, fields } = toRequestEntry(end, slow);
  const log: FastifyBaseLogger = end.request.log;
  log[level](traceId === undefined ? fields : { traceId, ...fields }, message);
}

/** Microseconds are as fine as the clocks here mean anything. */
function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 1_000) / 1_000;
}
