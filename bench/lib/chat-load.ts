import type { WorkloadPlan } from "@weir/load";

/** Streamed chat requests in OpenAI's dialect, all alike. */
export function chatWorkload(prompt: string, maxTokens: number): WorkloadPlan {
  return {
    kind: "chat",
    dialect: "openai",
    model: "mock",
    stream: true,
    prompts: [{ messages: [{ role: "user", parts: [{ kind: "text", text: prompt }] }] }],
    maxTokens,
    temperature: 0,
    ignoreEos: false,
    cache: { kind: "warm" },
    check: undefined,
    turns: { kind: "single" },
  };
}
