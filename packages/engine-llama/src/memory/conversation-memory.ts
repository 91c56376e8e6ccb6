import type { AgentRecord, ChatAgent, ChatMemoryStats } from "@weir/engine";
import { createAgentActions, type AgentActions } from "./agent-actions.ts";
import { createAgentBook } from "./agent-book.ts";
import { createBackgroundSaves } from "./background-saves.ts";
import { chooseStart, type StartChoice } from "./choose-start.ts";
import { commonPrefixTokens, sameTokens } from "./common-prefix.ts";
import { goesOn, type Conversation } from "./conversation.ts";
import type { ConversationLease, LeaseOutcome, LeaseRequest } from "./conversation-lease.ts";
import { countDivergence, createMemoryCounters } from "./memory-counters.ts";
import { describeMemory, listAgents } from "./memory-stats.ts";
import { forget, isInTransit, type Pool } from "./pool.ts";
import { prepareSlot } from "./prepare-slot.ts";
import { openPassingStore, prewarmSlot, type ComputePrefix } from "./prewarm.ts";
import type { SequenceSlot } from "./sequence-slot.ts";
import { openStateStore, type StateStoreOptions } from "./state-store.ts";
import { cancelled, createWaitingLine } from "./waiting-line.ts";

export interface MemoryOptions<Slot extends SequenceSlot> {
  /** The engine's sequences, all empty. */
  readonly slots: readonly Slot[];
  /** Where conversations outlive their sequence. @default nowhere */
  readonly states?: StateStoreOptions;
  /** Tokens that all of them hold together. */
  readonly poolCapacityTokens: number;
  /** Most sequences that hold conversations at once. Whole number >= 1. @default all */
  readonly hotLimit?: number;
  /** How long nobody may have worked before idle conversations are written. @default 250 */
  readonly quietMs?: number;
  /** How long a conversation has been idle when it is written beside the work of others. @default 1_000 */
  readonly idleMs?: number;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** The conversations of one model: in its sequences while they are talked in, in files after that. */
export interface ConversationMemory<Slot extends SequenceSlot> extends AgentActions, AsyncDisposable {
  readonly stats: ChatMemoryStats;
  /** Resolves when a slot holds what is known of the prompt's beginning. Rejects with CANCELLED when `signal` fires first. */
  acquire(request: LeaseRequest, signal: AbortSignal): Promise<ConversationLease<Slot>>;
  /**
   * Makes beginnings of prompts known to every key, and no others: computes those that no state file has. To be called
   * before the first answer.
   */
  prewarm(
    prefixes: readonly ArrayLike<number>[],
    compute: ComputePrefix<Slot>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Of one key, or of all. Most recently used first. */
  listAgents(keyId?: string): readonly AgentRecord[];
  /** Fewer or more sequences may hold conversations from now on; those above it are emptied when they are idle. */
  setHotLimit(count: number): void;
}

/** Throws CACHE_UNUSABLE where state files cannot be kept in the folder that is named. */
export async function createConversationMemory<Slot extends SequenceSlot>(
  options: MemoryOptions<Slot>,
): Promise<ConversationMemory<Slot>> {
  const now = options.now ?? Date.now;
  let hotLimit = Math.max(1, options.hotLimit ?? options.slots.length);
  /** Answers that wait for a slot, prepare one or have one. */
  let open = 0;
  let uses = 0;
  const counters = createMemoryCounters();
  const book = createAgentBook();
  const pool: Pool = {
    entries: options.slots.map((slot) => ({ slot, holder: undefined, use: "idle", lastUsed: 0 })),
    book,
    store: options.states && (await openStateStore(options.states, book, counters, now)),
    counters,
    leastSavedTokens: 64,
    onSaved: () => line.retry(),
  };
  const { entries } = pool;
  let closePassing: (() => Promise<void>) | undefined;
  const line = createWaitingLine<StartChoice>();
  const actions = createAgentActions(pool, () => line.retry());
  const background = createBackgroundSaves({
    pool,
    quietMs: options.quietMs ?? 250,
    idleMs: options.idleMs ?? 1_000,
    now,
    isQuiet: () => open === 0,
    hotLimit: () => hotLimit,
    onFree: () => line.retry(),
  });

  function attempt({ agent: { keyId, id } }: LeaseRequest, prompt: Uint32Array): StartChoice | undefined {
    const agent = id === undefined ? undefined : book.get(keyId, id);
    for (const conversation of id === undefined ? unnamedOf(keyId) : (agent?.conversations ?? [])) {
      // What is on its way to disk is waited for, where this would go on with it.
      if (!isInTransit(conversation)) continue;
      if (agent !== undefined || goesOn(conversation, commonPrefixTokens(conversation.tokens, prompt)))
        return undefined;
    }
    const choice = chooseStart({
      entries,
      hotLimit,
      keyId,
      agent,
      named: id !== undefined,
      prompt,
      stored: pool.store?.find(keyId, prompt),
      canSpill: pool.store?.writable === true,
    });
    if (choice === undefined) return undefined;
    choice.entry.use = "leased";
    // What makes room for it may need room on disk: not that of what it is about to read.
    if (choice.source.kind === "stored") choice.source.stored.lastUsedAtMs = now();
    // Nobody else goes on with it from now on.
    if (choice.conversation !== undefined) choice.conversation.hot = true;
    return choice;
  }

  function* unnamedOf(keyId: string): Iterable<Conversation> {
    for (const agent of book.ofKey(keyId)) if (!agent.named) yield* agent.conversations;
  }

  function isKnown({ keyId, id }: ChatAgent): boolean {
    return id !== undefined && book.get(keyId, id) !== undefined;
  }

  async function acquire(request: LeaseRequest, signal: AbortSignal): Promise<ConversationLease<Slot>> {
    const startedAtMs = performance.now();
    const prompt = Uint32Array.from(request.prompt);
    open++;
    let choice: StartChoice | undefined;
    try {
      if (!isKnown(request.agent)) await pool.store?.refresh();
      const chosen = (choice = await line.wait(request.rank, () => attempt(request, prompt), signal));
      const prepared = await prepareSlot(pool, chosen, request.agent.keyId, prompt);
      const conversation = chosen.conversation ?? (await beginConversation(request, prompt));
      chosen.entry.holder = conversation;
      conversation.hot = true;
      conversation.tokens = prompt.subarray(0, prepared.reusedTokens);
      const waitMs = performance.now() - startedAtMs - prepared.restoreMs;
      let released = false;
      const lease: ConversationLease<Slot> = {
        // The slots are the caller's own.
        slot: chosen.entry.slot as Slot,
        ...prepared,
        waitMs,
        divergedAt: chosen.divergedAt,
        release: (outcome) => {
          if (released) return;
          released = true;
          release(chosen, conversation, prompt, prepared.reusedTokens, request, outcome);
        },
      };
      if (!signal.aborted) return lease;
      lease.release({ intact: true, turn: false });
    } catch (error) {
      if (choice !== undefined) giveUp(choice);
      close();
      throw error;
    }
    throw cancelled();
  }

  async function beginConversation(
    { agent: { keyId, id } }: LeaseRequest,
    prompt: Uint32Array,
  ): Promise<Conversation> {
    const agent =
      id === undefined ? book.openUnnamed(keyId, prompt, now()) : book.open(keyId, id, true, now());
    const { conversation, removed } = book.branch(agent, now());
    if (removed !== undefined) {
      book.remove(removed);
      await pool.store?.drop(removed);
    }
    return conversation;
  }

  function release(
    { entry, divergedAt }: StartChoice,
    conversation: Conversation,
    prompt: Uint32Array,
    reusedTokens: number,
    { prefixTokens }: LeaseRequest,
    { intact, turn }: LeaseOutcome,
  ): void {
    const { agent } = conversation;
    conversation.lastUsedAtMs = agent.lastUsedAtMs = now();
    if (turn) {
      agent.turns++;
      agent.reusedTokens += reusedTokens;
      agent.evaluatedTokens += prompt.length - reusedTokens;
      counters.reusedTokens += reusedTokens;
      counters.evaluatedTokens += prompt.length - reusedTokens;
      if (divergedAt !== undefined) countDivergence(counters, divergedAt);
    }
    entry.use = "idle";
    entry.lastUsed = ++uses;
    conversation.tokens = intact ? Uint32Array.from(entry.slot.tokens) : new Uint32Array(0);
    // Forgotten while it talked, or nothing is left of it.
    if (!agent.conversations.has(conversation)) entry.holder = undefined;
    else if (conversation.tokens.length === 0) forget(pool, entry);
    else {
      conversation.promptTokens = Math.min(prompt.length, conversation.tokens.length);
      conversation.prefixTokens = Math.min(prefixTokens ?? 0, conversation.promptTokens);
      conversation.unsaved = !sameTokens(conversation.tokens, conversation.stored?.tokens);
    }
    close();
  }

  /** A slot whose answer never began; what it holds is nobody's. */
  function giveUp({ entry, conversation }: StartChoice): void {
    entry.use = "idle";
    forget(pool, entry);
    if (conversation === undefined) return;
    entry.holder = conversation;
    forget(pool, entry);
  }

  function close(): void {
    open--;
    line.retry();
    background.nudge();
  }

  return {
    get stats() {
      return describeMemory(pool, options.poolCapacityTokens);
    },
    acquire,
    listAgents: (keyId) => listAgents(pool, keyId),
    saveAgent: (keyId, id) => actions.saveAgent(keyId, id),
    deleteAgent: (keyId, id) => actions.deleteAgent(keyId, id),
    persist: (signal) => actions.persist(signal),
    async prewarm(prefixes, compute, signal) {
      if (pool.store === undefined && prefixes.length > 0) {
        const passing = await openPassingStore(pool, now);
        pool.store = passing.store;
        closePassing = passing.close;
      }
      const { store } = pool;
      if (store === undefined) return;
      const entry = entries.find(({ use, holder }) => use === "idle" && holder === undefined);
      if (entry === undefined)
        throw new Error("beginnings are computed before the first answer: no sequence is empty");
      entry.use = "leased";
      try {
        await prewarmSlot(entry, store, prefixes, compute, signal);
      } finally {
        entry.use = "idle";
        line.retry();
      }
    },
    setHotLimit(count) {
      hotLimit = Math.max(1, count);
      line.retry();
      background.nudge();
    },
    async [Symbol.asyncDispose]() {
      await background[Symbol.asyncDispose]();
      await pool.store?.settle();
      await closePassing?.();
    },
  };
}
