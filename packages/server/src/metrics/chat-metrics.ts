import { Counter, Histogram, type Registry } from "prom-client";
import type { RequestReport } from "../http/request-report.ts";

const firstTokenBucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120];

/** Counts what answered chats took. */
export function createChatMetrics(registry: Registry): (report: RequestReport, model: string) => void {
  const registers = [registry];
  const tokens = new Counter({
    name: "weir_chat_tokens_total",
    help: "Tokens of answered chats. kind: input (all that the model was given), cached (the part of them that came from a cache), output.",
    labelNames: ["kind", "model"],
    registers,
  });
  const firstTokens = new Histogram({
    name: "weir_first_token_seconds",
    help: "From a chat's arrival to the first token of its answer, waiting included.",
    labelNames: ["model"],
    buckets: firstTokenBucketsSeconds,
    registers,
  });

  return ({ chat, firstTokenMs }, model) => {
    if (firstTokenMs !== undefined) firstTokens.observe({ model }, firstTokenMs / 1_000);
    const counts = [
      ["input", chat?.inputTokens],
      ["cached", chat?.cachedTokens],
      ["output", chat?.outputTokens],
    ] as const;
    for (const [kind, count] of counts) if (count !== undefined) tokens.inc({ kind, model }, count);
  };
}
