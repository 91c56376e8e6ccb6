import type { AgentRecord } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { describeAgent } from "./agent-book.ts";
import type { Agent } from "./conversation.ts";
import { forget, isUnsaved, isWorthSaving, save, type Pool } from "./pool.ts";
import { cancelled } from "./waiting-line.ts";

/** What is done to agents from outside, as in ChatEngine. */
export interface AgentActions {
  /**
   * Writes an agent's state file now, unless it is talking. Returns undefined where it is not known. Rejects with
   * CACHE_UNUSABLE where it cannot be written.
   */
  saveAgent(keyId: string, id: string): Promise<AgentRecord | undefined>;
  /** Forgets an agent, its state files included. Returns whether it was known. */
  deleteAgent(keyId: string, id: string): Promise<boolean>;
  /** Writes the state files of all conversations that are not under way. Rejects with CANCELLED. */
  persist(signal: AbortSignal): Promise<void>;
}

/** `onFree` is called when a slot is free again. */
export function createAgentActions(pool: Pool, onFree: () => void): AgentActions {
  async function saveOf(agents: Iterable<Agent>, signal?: AbortSignal): Promise<void> {
    const wanted = new Set(agents);
    for (const entry of pool.entries) {
      const { holder } = entry;
      if (signal?.aborted === true) throw cancelled();
      if (entry.use !== "idle" || holder === undefined || !wanted.has(holder.agent)) continue;
      if (!isUnsaved(pool, holder)) continue;
      entry.use = "saving";
      try {
        await save(pool, entry, holder);
      } finally {
        entry.use = "idle";
        onFree();
      }
    }
    // Those that somebody else began to write, too.
    for (const { conversations } of wanted) for (const { saving } of conversations) await saving;
  }

  /** Whether something of an agent that is idle and worth a file is in none. */
  function hasFailed({ conversations }: Agent): boolean {
    if (pool.store === undefined) return false;
    return pool.entries.some(({ use, holder }) => {
      if (use !== "idle" || holder === undefined || !conversations.has(holder)) return false;
      return holder.unsaved && isWorthSaving(pool, holder);
    });
  }

  return {
    async saveAgent(keyId, id) {
      const agent = pool.book.get(keyId, id);
      if (agent === undefined) return undefined;
      await saveOf([agent]);
      if (hasFailed(agent)) {
        const message = `the state of agent ${JSON.stringify(id)} could not be written: its disk is full, or its folder cannot be written to`;
        throw new WeirError("CACHE_UNUSABLE", message);
      }
      return describeAgent(agent);
    },
    async deleteAgent(keyId, id) {
      const agent = pool.book.get(keyId, id);
      if (agent === undefined) return false;
      const conversations = [...agent.conversations];
      for (const conversation of conversations) {
        pool.book.remove(conversation);
        const entry = pool.entries.find(({ holder }) => holder === conversation);
        // One that is being written is written to its end, and then removed with the others.
        if (entry !== undefined && entry.use !== "leased") forget(pool, entry);
      }
      for (const conversation of conversations) {
        await conversation.saving;
        await pool.store?.drop(conversation);
      }
      return true;
    },
    persist: (signal) => saveOf(pool.book.all(), signal),
  };
}
