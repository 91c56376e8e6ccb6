import { createHash } from "node:crypto";
import type { AgentRecord } from "@weir/engine";
import type { Agent, Conversation } from "./conversation.ts";

/** Conversations of one agent that are kept apart; the least recently used one makes room. */
const mostBranches = 8;

/** Every agent that is known, by key and name. */
export interface AgentBook {
  get(keyId: string, id: string): Agent | undefined;
  ofKey(keyId: string): Iterable<Agent>;
  all(): Iterable<Agent>;
  /** The agent of that name, made where it is new. */
  open(keyId: string, id: string, named: boolean, nowMs: number): Agent;
  /** A new agent whose name comes from what it was asked first. */
  openUnnamed(keyId: string, prompt: Uint32Array, nowMs: number): Agent;
  /** The agent's conversation of that number, made where it is new. */
  restore(
    agent: Agent,
    from: Pick<Conversation, "branch" | "promptTokens" | "prefixTokens" | "lastUsedAtMs">,
  ): Conversation;
  /** A new conversation, and the one that had to make room for it. */
  branch(
    agent: Agent,
    nowMs: number,
  ): { readonly conversation: Conversation; readonly removed: Conversation | undefined };
  /** Forgets a conversation, and its agent with its last one. */
  remove(conversation: Conversation): void;
}

export function createAgentBook(): AgentBook {
  const keys = new Map<string, Map<string, Agent>>();

  function open(keyId: string, id: string, named: boolean, nowMs: number): Agent {
    let agents = keys.get(keyId);
    if (agents === undefined) keys.set(keyId, (agents = new Map()));
    let agent = agents.get(id);
    if (agent === undefined) {
      agent = {
        keyId,
        id,
        named,
        conversations: new Set(),
        turns: 0,
        reusedTokens: 0,
        evaluatedTokens: 0,
        lastUsedAtMs: nowMs,
      };
      agents.set(id, agent);
    }
    return agent;
  }

  function remove(conversation: Conversation): void {
    const { agent } = conversation;
    agent.conversations.delete(conversation);
    if (agent.conversations.size > 0) return;
    const agents = keys.get(agent.keyId);
    if (agents?.get(agent.id) !== agent) return;
    agents.delete(agent.id);
    if (agents.size === 0) keys.delete(agent.keyId);
  }

  return {
    get: (keyId, id) => keys.get(keyId)?.get(id),
    ofKey: (keyId) => keys.get(keyId)?.values() ?? [],
    *all() {
      for (const agents of keys.values()) yield* agents.values();
    },
    open,
    openUnnamed(keyId, prompt, nowMs) {
      const hash = createHash("sha256").update(keyId).update("\0").update(prompt).digest("hex").slice(0, 12);
      let id = `auto-${hash}`;
      for (let n = 2; keys.get(keyId)?.has(id) === true; n++) id = `auto-${hash}-${n}`;
      return open(keyId, id, false, nowMs);
    },
    restore(agent, from) {
      for (const one of agent.conversations) if (one.branch === from.branch) return one;
      return createConversation(agent, from);
    },
    branch(agent, nowMs) {
      const taken = [...agent.conversations];
      let removed: Conversation | undefined;
      if (taken.length >= mostBranches) {
        for (const one of taken) {
          if (
            !one.hot &&
            one.saving === undefined &&
            (removed === undefined || one.lastUsedAtMs < removed.lastUsedAtMs)
          )
            removed = one;
        }
      }
      let branch = 0;
      while (taken.some((one) => one.branch === branch)) branch++;
      const conversation = createConversation(agent, {
        branch,
        promptTokens: 0,
        prefixTokens: 0,
        lastUsedAtMs: nowMs,
      });
      return { conversation, removed };
    },
    remove,
  };
}

function createConversation(
  agent: Agent,
  { branch, promptTokens, prefixTokens, lastUsedAtMs }: Parameters<AgentBook["restore"]>[1],
): Conversation {
  const conversation: Conversation = {
    agent,
    branch,
    tokens: new Uint32Array(0),
    promptTokens,
    prefixTokens,
    unsaved: false,
    saving: undefined,
    refusedTokens: 0,
    hot: false,
    stored: undefined,
    lastUsedAtMs,
  };
  agent.conversations.add(conversation);
  return conversation;
}

/** What is told of an agent; undefined where nothing of it is left to use. */
export function describeAgent(agent: Agent): AgentRecord | undefined {
  let latest: Conversation | undefined;
  let hot = false;
  let diskBytes = 0;
  for (const one of agent.conversations) {
    hot ||= one.hot;
    diskBytes += one.stored?.bytes ?? 0;
    if (latest === undefined || one.lastUsedAtMs >= latest.lastUsedAtMs) latest = one;
  }
  if (latest === undefined) return undefined;
  return {
    keyId: agent.keyId,
    id: agent.id,
    state: hot ? "hot" : "warm",
    tokens: latest.tokens.length,
    diskBytes,
    turns: agent.turns,
    reusedTokens: agent.reusedTokens,
    evaluatedTokens: agent.evaluatedTokens,
    lastUsedAtMs: agent.lastUsedAtMs,
  };
}
