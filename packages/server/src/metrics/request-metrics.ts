import { Counter, Histogram, type Registry } from "prom-client";
import type { RequestEnd } from "../observing/request-end.ts";

/** Alert rules ask about 3 s and 10 s, which are exact because they are bounds. */
const durationBucketsSeconds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120,
];
const phaseBucketsSeconds = [0.0001, 0.00025, 0.0005, ...durationBucketsSeconds];
const batchInputBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/** Counts requests that are over, probes aside. `isServed` tells names of models from what clients make up. */
export function createRequestMetrics(
  registry: Registry,
  isServed: (model: string) => boolean,
): (end: RequestEnd) => void {
  const registers = [registry];
  const requests = new Counter({
    name: "weir_requests_total",
    help: "Requests that are over, probes aside. status is 499 where the client did not wait; model is empty where none was asked or found.",
    labelNames: ["route", "model", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "weir_request_duration_seconds",
    help: "From a request's arrival to the last byte of its answer. outcome: ok, invalid (4xx), refused (no room or no time), failed, cancelled (by the client).",
    labelNames: ["route", "model", "outcome"],
    buckets: durationBucketsSeconds,
    registers,
  });
  const phases = new Histogram({
    name: "weir_phase_duration_seconds",
    help: "Time of a request's phase: queue (until a slot was free), tokenize, infer (the model's own time), encode (writing the answer), other (what is left: reading the body, the way to the replica, waiting there). Tokenize and infer are summed over batches, which may run beside each other.",
    labelNames: ["phase", "model"],
    buckets: phaseBucketsSeconds,
    registers,
  });
  const rejections = new Counter({
    name: "weir_rejections_total",
    help: "Requests that were not taken. reason is the code of the error in lower case.",
    labelNames: ["reason", "model"],
    registers,
  });
  const perModel = (name: string, help: string): Counter<"model"> =>
    new Counter({ name, help, labelNames: ["model"], registers });
  const inputs = perModel("weir_inputs_total", "Texts or token lists that were computed.");
  const tokens = perModel("weir_tokens_total", "Tokens that were computed, without padding.");
  const padding = perModel(
    "weir_padding_tokens_total",
    "Tokens that only filled batches up. The padding ratio is this over the sum of this and weir_tokens_total.",
  );
  const batches = perModel("weir_batches_total", "Batches that were computed.");
  const batchInputs = new Histogram({
    name: "weir_batch_inputs",
    help: "Inputs in a batch: the mean over the batches of a request, one observation a request.",
    labelNames: ["model"],
    buckets: batchInputBuckets,
    registers,
  });

  return ({ route, status, outcome, totalMs, otherMs, report }) => {
    const model = report.model !== undefined && isServed(report.model) ? report.model : "";
    requests.inc({ route, model, status });
    durations.observe({ route, model, outcome }, totalMs / 1_000);
    if (report.refusal !== undefined) rejections.inc({ reason: report.refusal.toLowerCase(), model });
    const { queueMs, tokenizeMs, inferMs, encodeMs } = report;
    if (queueMs !== undefined) phases.observe({ phase: "queue", model }, queueMs / 1_000);
    if (tokenizeMs !== undefined) phases.observe({ phase: "tokenize", model }, tokenizeMs / 1_000);
    if (inferMs === undefined) return;
    phases.observe({ phase: "infer", model }, inferMs / 1_000);
    if (encodeMs !== undefined) phases.observe({ phase: "encode", model }, encodeMs / 1_000);
    if (otherMs !== undefined) phases.observe({ phase: "other", model }, otherMs / 1_000);
    const computedInputs =
      report.inputs === undefined ? undefined : report.inputs - (report.cache?.hits ?? 0);
    const computedTokens =
      report.tokens === undefined ? undefined : report.tokens - (report.cache?.tokensSaved ?? 0);
    if (computedInputs !== undefined) inputs.inc({ model }, computedInputs);
    if (computedTokens !== undefined) tokens.inc({ model }, computedTokens);
    if (computedTokens !== undefined && report.paddedTokens !== undefined)
      padding.inc({ model }, Math.max(0, report.paddedTokens - computedTokens));
    if (report.batches === undefined || report.batches === 0) return;
    batches.inc({ model }, report.batches);
    if (computedInputs !== undefined) batchInputs.observe({ model }, computedInputs / report.batches);
  };
}
