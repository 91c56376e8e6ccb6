import type { AgentRecord, ChatMemoryStats } from "@weir/engine";
import { describeAgent } from "./agent-book.ts";
import type { Pool } from "./pool.ts";

export function describeMemory(pool: Pool, poolCapacityTokens: number): ChatMemoryStats {
  const { early, middle, late, ...counted } = pool.counters;
  const agents = listAgents(pool);
  const hotAgents = agents.filter(({ state }) => state === "hot").length;
  return {
    ...counted,
    hotAgents,
    warmAgents: agents.length - hotAgents,
    poolTokens: pool.entries.reduce((sum, { holder }) => sum + (holder?.tokens.length ?? 0), 0),
    poolCapacityTokens,
    diskBytes: pool.store?.bytes ?? 0,
    diskCapacityBytes: pool.store?.capacityBytes ?? 0,
    divergences: { early, middle, late },
  };
}

/** Of one key, or of all. Most recently used first. */
export function listAgents({ book }: Pool, keyId?: string): readonly AgentRecord[] {
  const records: AgentRecord[] = [];
  for (const agent of keyId === undefined ? book.all() : book.ofKey(keyId)) {
    const record = describeAgent(agent);
    if (record !== undefined) records.push(record);
  }
  return records.toSorted((a, b) => b.lastUsedAtMs - a.lastUsedAtMs);
}
