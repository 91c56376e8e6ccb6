import type { BackendSource } from "./backend-holder.ts";
import { createCalibrationRequest } from "./calibration-request.ts";
import { estimateTokens, requestTokens } from "./estimate-tokens.ts";

/** How long a job of one text takes. */
export interface TimedBackend {
  readonly tokens: number;
  /** How long it has its slot while others share its replica, in milliseconds. */
  readonly slotMs: number;
  /** How long it takes alone, in milliseconds. */
  readonly aloneMs: number;
}

/**
 * Batches that tell how fast the model is: the first finds code and memory not yet in place, and a token by itself costs
 * several times what it costs among others, so they grow for as long as the next one is likely to end in this time.
 */
const calibrationTexts = [1, 2, 4, 8];
const calibrationMs = 500;

/**
 * Times a model beside its queue and its cache. Undefined where it computes nothing or has no replica ready: the first
 * request will meet the same and say so.
 */
export async function timeBackend(
  source: BackendSource,
  signal: AbortSignal,
): Promise<TimedBackend | undefined> {
  // What another server computes may cost money, and how many it computes at a time is not known: one text, once.
  const own = source.kind === "replicas" ? source.pool : undefined;
  const backend = source.kind === "replicas" ? source.pool : source.remote;
  const kind = backend.info.labels === undefined ? "embed" : "rank";
  const startedMs = performance.now();
  let fastest = { texts: 1, tokens: 1, ms: Number.POSITIVE_INFINITY };
  try {
    for (const [index, texts] of (own === undefined ? [1] : calibrationTexts).entries()) {
      const request = createCalibrationRequest(texts, kind);
      const fromMs = performance.now();
      const { inputTokens } = await (own?.rehearse(request, signal) ?? backend.embed(request, signal));
      const ms = performance.now() - fromMs;
      const tokens =
        requestTokens + (inputTokens || estimateTokens(request.inputs, Number.POSITIVE_INFINITY));
      if (ms / tokens < fastest.ms / fastest.tokens) fastest = { texts, tokens, ms };
      if (index > 0 && fromMs + 3 * ms - startedMs > calibrationMs) break;
    }
  } catch {
    return undefined;
  }
  // Those that share a replica with others have their slots for longer.
  const ready = backend.replicas.filter(({ kind }) => kind === "ready").length;
  const sharing = backend.slots / Math.max(1, ready);
  if (sharing < 1) return undefined;
  // As a job of one text: it must not outweigh the first real ones.
  const aloneMs = fastest.ms / fastest.texts;
  return { tokens: fastest.tokens / fastest.texts, slotMs: aloneMs * sharing, aloneMs };
}
