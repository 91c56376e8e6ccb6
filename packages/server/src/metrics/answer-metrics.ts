import { Counter, Gauge, type Registry } from "prom-client";
import { answerSources, type AnswerCache } from "../answer-cache/answer-cache.ts";
import { registerShown } from "./register-shown.ts";

/** The cache of chat models' answers, read when somebody asks. Without one the metrics are there and have no rows. */
export function createAnswerMetrics(registry: Registry, cache: AnswerCache | undefined): void {
  const register = registerShown(registry, () => cache);

  register(
    Counter,
    "weir_answer_cache_hits_total",
    "Chat answers that were not computed for their request. source: exact (the same request), semantic (one that means nearly the same), shared (the same request was being answered just then).",
    ["model", "source"],
    (set, { counts }) => {
      for (const [model, count] of counts)
        for (const source of answerSources) set({ model, source }, count[source]);
    },
  );
  register(
    Counter,
    "weir_answer_cache_misses_total",
    "Chat requests that were looked up and not found.",
    ["model"],
    (set, { counts }) => {
      for (const [model, { misses }] of counts) set({ model }, misses);
    },
  );
  register(
    Counter,
    "weir_answer_cache_passed_total",
    "Chat requests that were not looked up: without a temperature of 0, with tools, or of a model on another server, where they are not passed through.",
    ["model"],
    (set, { counts }) => {
      for (const [model, { passed }] of counts) set({ model }, passed);
    },
  );
  register(
    Counter,
    "weir_answer_cache_tokens_saved_total",
    "Tokens of the hits. kind: input, output.",
    ["model", "kind"],
    (set, { counts }) => {
      for (const [model, { inputTokens, outputTokens }] of counts) {
        set({ model, kind: "input" }, inputTokens);
        set({ model, kind: "output" }, outputTokens);
      }
    },
  );
  register(Gauge, "weir_answer_cache_bytes", "What the answers take, as estimated.", [], (set, { store }) =>
    set({}, store.bytes),
  );
  register(Gauge, "weir_answer_cache_bytes_max", "What they may take.", [], (set, { store }) =>
    set({}, store.maxBytes),
  );
  register(Gauge, "weir_answer_cache_entries", "Answers that are kept.", [], (set, { store }) =>
    set({}, store.count),
  );
  register(
    Counter,
    "weir_answer_cache_evictions_total",
    "Answers that were dropped to make room for others.",
    [],
    (set, { store }) => set({}, store.evictions),
  );
}
