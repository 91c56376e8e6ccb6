import type { ChatMemoryStats } from "@weir/engine";
import type { HostedModel } from "../models/model-registry.ts";
import type { HostedChat } from "../models/queue-chat.ts";

type Json = Readonly<Record<string, unknown>>;

/** What `/health` says of a chat model beside what it says of every model. Sizes in bytes. */
export function describeChatWork({ info, source, memory }: HostedChat): Json {
  const { model } = info;
  return {
    context_tokens: info.contextTokens ?? null,
    ...(model === undefined
      ? {}
      : {
          sequences: model.sequences,
          kv_type: model.kvType,
          kv_bytes: model.kvBytes,
          kv_capacity_tokens: model.kvCapacityTokens,
          tool_format: model.toolFormat,
        }),
    ...(source.kind === "remote" ? { remote: { url: source.remote.url } } : {}),
    memory: memory === undefined ? null : describeMemory(memory.stats),
  };
}

/** The first model where it is one for chat, as `/info` shows it. */
export function describeChat(model: HostedChat): Json {
  const { name, kind, info } = model;
  const { device, precision, reference } = info;
  return { model: name, kind, device, precision, reference_weights: reference, ...describeChatWork(model) };
}

/** The memory's key figures, for probes: no names, and nothing that a client has said. Empty where no model remembers. */
export function describeMemories(models: readonly HostedModel[]): Json {
  const memories = models.flatMap((model) =>
    model.kind === "chat" && model.memory !== undefined
      ? [[model.name, describeMemory(model.memory.stats)] as const]
      : [],
  );
  return memories.length === 0 ? {} : { memory: Object.fromEntries(memories) };
}

function describeMemory(stats: ChatMemoryStats): Json {
  const { reusedTokens, evaluatedTokens } = stats;
  const tokens = reusedTokens + evaluatedTokens;
  return {
    hot_agents: stats.hotAgents,
    warm_agents: stats.warmAgents,
    pool_tokens: stats.poolTokens,
    pool_capacity_tokens: stats.poolCapacityTokens,
    disk_bytes: stats.diskBytes,
    disk_capacity_bytes: stats.diskCapacityBytes,
    reused_tokens: reusedTokens,
    evaluated_tokens: evaluatedTokens,
    hit_rate: tokens === 0 ? null : Math.round((reusedTokens / tokens) * 1_000) / 1_000,
    save_failures: stats.saveFailures,
    restore_failures: stats.restoreFailures,
  };
}
