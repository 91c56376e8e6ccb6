import type { ChatMemoryStats } from "@weir/engine";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { RequestEnd } from "../observing/request-end.ts";

/** A model that may remember conversations. */
export interface RememberingModel {
  readonly name: string;
  readonly memory?: { readonly stats: ChatMemoryStats } | undefined;
}

const firstTokenBucketsSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300,
];

type Read = (stats: ChatMemoryStats) => number | Readonly<Record<string, number>>;

/**
 * What chat models remember, read when somebody asks. It is counted in the model's process: counters begin anew with it, which
 * Prometheus' `rate` and `increase` see to.
 */
export function createMemoryMetrics(registry: Registry, models: () => readonly RememberingModel[]): void {
  function register(
    Kind: typeof Gauge | typeof Counter,
    name: string,
    help: string,
    read: Read,
    label?: string,
  ): void {
    const created: Gauge | Counter = new Kind({
      name,
      help,
      labelNames: ["model", ...(label === undefined ? [] : [label])],
      registers: [registry],
      collect() {
        created.reset();
        for (const { name: model, memory } of models()) {
          if (memory === undefined) continue;
          const value = read(memory.stats);
          // From nothing, to add is to set.
          if (typeof value === "number") created.inc({ model }, value);
          else for (const [of, part] of Object.entries(value)) created.inc({ model, [label!]: of }, part);
        }
      },
    });
  }
  const gauge = register.bind(undefined, Gauge);
  const counter = register.bind(undefined, Counter);

  gauge(
    "weir_chat_agents",
    "Conversations that are remembered. state: hot (in the KV cache), warm (in a state file).",
    ({ hotAgents, warmAgents }) => ({ hot: hotAgents, warm: warmAgents }),
    "state",
  );
  gauge("weir_chat_pool_tokens", "Tokens that the KV cache holds.", (stats) => stats.poolTokens);
  gauge(
    "weir_chat_pool_tokens_max",
    "Tokens that the KV cache may hold.",
    (stats) => stats.poolCapacityTokens,
  );
  gauge("weir_chat_disk_bytes", "Size of the state files of conversations.", (stats) => stats.diskBytes);
  gauge(
    "weir_chat_disk_bytes_max",
    "Size that the state files may have; the least recently used are dropped.",
    (stats) => stats.diskCapacityBytes,
  );
  counter(
    "weir_chat_prompt_tokens_total",
    "Tokens of prompts by what became of them. how: reused (computed for an earlier turn), evaluated. The hit rate is reused over both.",
    ({ reusedTokens, evaluatedTokens }) => ({ reused: reusedTokens, evaluated: evaluatedTokens }),
    "how",
  );
  counter("weir_chat_saves_total", "State files that were written.", (stats) => stats.saves);
  counter(
    "weir_chat_save_failures_total",
    "State files that could not be written.",
    (stats) => stats.saveFailures,
  );
  counter(
    "weir_chat_save_seconds_total",
    "Time that writing state files took.",
    (stats) => stats.saveSeconds,
  );
  counter("weir_chat_restores_total", "State files that were read.", (stats) => stats.restores);
  counter(
    "weir_chat_restore_failures_total",
    "State files that were there and could not be used.",
    (stats) => stats.restoreFailures,
  );
  counter(
    "weir_chat_restore_seconds_total",
    "Time that reading state files took.",
    (stats) => stats.restoreSeconds,
  );
  counter(
    "weir_chat_evictions_total",
    "State files that were dropped to keep to the size they may have.",
    (stats) => stats.evictions,
  );
  counter(
    "weir_chat_divergences_total",
    "Prompts that left what was known of their agent. at: early (in the first 100 tokens), middle (in the first 1000), late.",
    (stats) => stats.divergences,
    "at",
  );
}

/** Counts answers that are over. `isServed` tells names of models from what clients make up. */
export function createChatRequestMetrics(
  registry: Registry,
  isServed: (model: string) => boolean,
): (end: RequestEnd) => void {
  const registers = [registry];
  const firstTokens = new Histogram({
    name: "weir_chat_first_token_seconds",
    help: "From a chat request's arrival to the first token of its answer, the queue included.",
    labelNames: ["model"],
    buckets: firstTokenBucketsSeconds,
    registers,
  });
  const tokens = new Counter({
    name: "weir_chat_tokens_total",
    help: "Tokens of answered chats. kind: input (those of cached included), cached, output.",
    labelNames: ["model", "kind"],
    registers,
  });
  const cut = new Counter({
    name: "weir_chat_broken_total",
    help: "Answers that failed after they had begun. reason is the code of the error in lower case.",
    labelNames: ["model", "reason"],
    registers,
  });
  return ({ report }) => {
    if (report.job !== "chat") return;
    const model = report.model !== undefined && isServed(report.model) ? report.model : "";
    if (report.firstTokenMs !== undefined) firstTokens.observe({ model }, report.firstTokenMs / 1_000);
    if (report.failure !== undefined) cut.inc({ model, reason: report.failure.toLowerCase() });
    const { inputTokens, cachedTokens, outputTokens } = report.chat ?? {};
    if (inputTokens !== undefined) tokens.inc({ model, kind: "input" }, inputTokens);
    if (cachedTokens !== undefined) tokens.inc({ model, kind: "cached" }, cachedTokens);
    if (outputTokens !== undefined) tokens.inc({ model, kind: "output" }, outputTokens);
  };
}
