import type { AgentRecord, ChatMemoryStats } from "@weir/engine";
import { createAgentBook, describeAgent } from "./agent-book.ts";
import { createBackgroundSaves } from "./background-saves.ts";
import { chooseStart, type StartChoice } from "./choose-start.ts";
import { sameTokens } from "./common-prefix.ts";
import type { Agent, Conversation } from "./conversation.ts";
import type { ConversationLease, LeaseOutcome, LeaseRequest } from "./conversation-lease.ts";
import { countDivergence, createMemoryCounters } from "./memory-counters.ts";
import { isUnsaved, forget, save, type Pool } from "./pool.ts";
import { prepareSlot } from "./prepare-slot.ts";
import type { SequenceSlot } from "./sequence-slot.ts";
import { cancelled, createWaitingLine } from "./waiting-line.ts";

export interface MemoryOptions {
  /** The engine's sequences, all empty. */
  readonly slots: readonly SequenceSlot[];
  /** Tokens that all of them hold together. */
  readonly poolCapacityTokens: number;
  /** Most sequences that hold conversations at once. Whole number >= 1. @default all */
  readonly hotLimit?: number;
  /** How long nobody may have worked before idle conversations are written. @default 250 */
  readonly quietMs?: number;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** The conversations of one model: in its sequences while they are talked in, in files after that. */
export interface ConversationMemory extends AsyncDisposable {
  readonly stats: ChatMemoryStats;
  /** Resolves when a slot holds what is known of the prompt's beginning. Rejects with CANCELLED when `signal` fires first. */
  acquire(request: LeaseRequest, signal: AbortSignal): Promise<ConversationLease>;
  /** Of one key, or of all. Most recently used first. */
  listAgents(keyId?: string): readonly AgentRecord[];
  /** Writes an agent's state file now, unless it is talking. Returns undefined where it is not known. */
  saveAgent(keyId: string, id: string): Promise<AgentRecord | undefined>;
  /** Forgets an agent, its state files included. Returns whether it was known. */
  deleteAgent(keyId: string, id: string): Promise<boolean>;
  /** Writes the state files of all conversations that are not leased. */
  persist(signal: AbortSignal): Promise<void>;
  /** Fewer or more sequences may hold conversations from now on; those above it are emptied when they are idle. */
  setHotLimit(count: number): void;
}

// eslint-disable-next-line typescript/require-await -- opens the folder of state files
export async function createConversationMemory(options: MemoryOptions): Promise<ConversationMemory> {
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
    store: undefined,
    counters,
    leastSavedTokens: 64,
  };
  const { entries, store } = pool;
  const line = createWaitingLine<StartChoice>();
  const background = createBackgroundSaves({
    pool,
    quietMs: options.quietMs ?? 250,
    isQuiet: () => open === 0,
    hotLimit: () => hotLimit,
    onFree: () => line.retry(),
  });

  function attempt({ agent: { keyId, id } }: LeaseRequest, prompt: Uint32Array): StartChoice | undefined {
    const choice = chooseStart({
      entries,
      hotLimit,
      keyId,
      agent: id === undefined ? undefined : book.get(keyId, id),
      named: id !== undefined,
      prompt,
      stored: store?.find(keyId, prompt),
      canSpill: store?.writable === true,
    });
    if (choice === undefined) return undefined;
    choice.entry.use = "leased";
    // Nobody else goes on with it from now on.
    if (choice.conversation !== undefined) choice.conversation.hot = true;
    return choice;
  }

  async function acquire(request: LeaseRequest, signal: AbortSignal): Promise<ConversationLease> {
    const startedAtMs = performance.now();
    const prompt = Uint32Array.from(request.prompt);
    open++;
    let choice: StartChoice | undefined;
    try {
      await beforeLookup(request);
      const chosen = (choice = await line.wait(request.rank, () => attempt(request, prompt), signal));
      const prepared = await prepareSlot(pool, chosen, request.agent.keyId, prompt);
      const conversation = chosen.conversation ?? (await beginConversation(request, prompt));
      chosen.entry.holder = conversation;
      conversation.hot = true;
      conversation.tokens = prompt.subarray(0, prepared.reusedTokens);
      const waitMs = performance.now() - startedAtMs - prepared.restoreMs;
      let released = false;
      const lease: ConversationLease = {
        slot: chosen.entry.slot,
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

  /** What is on the way to disk is there when it is looked for. */
  async function beforeLookup({ agent: { keyId, id } }: LeaseRequest): Promise<void> {
    if (store === undefined) return;
    const named = id === undefined ? undefined : book.get(keyId, id);
    if (id !== undefined && named === undefined) await store.refresh();
    const own =
      id === undefined
        ? [...book.ofKey(keyId)].filter((agent) => !agent.named)
        : named === undefined
          ? []
          : [named];
    for (const { conversations } of own) for (const { hot, saving } of conversations) if (!hot) await saving;
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
      await store?.drop(removed);
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

  async function saveOf(agents: Iterable<Agent>, signal?: AbortSignal): Promise<void> {
    const agentSet = new Set(agents);
    for (const entry of entries) {
      const { holder } = entry;
      if (signal?.aborted === true) throw cancelled();
      if (
        entry.use !== "idle" ||
        holder === undefined ||
        !agentSet.has(holder.agent) ||
        !isUnsaved(pool, holder)
      )
        continue;
      entry.use = "saving";
      try {
        await save(pool, entry, holder);
      } finally {
        entry.use = "idle";
        line.retry();
      }
    }
    for (const { conversations } of agentSet) for (const { saving } of conversations) await saving;
  }

  return {
    get stats(): ChatMemoryStats {
      const { early, middle, late, ...counted } = counters;
      const agents = listAgents();
      const hotAgents = agents.filter(({ state }) => state === "hot").length;
      return {
        ...counted,
        hotAgents,
        warmAgents: agents.length - hotAgents,
        poolTokens: entries.reduce((sum, { holder }) => sum + (holder?.tokens.length ?? 0), 0),
        poolCapacityTokens: options.poolCapacityTokens,
        diskBytes: store?.bytes ?? 0,
        diskCapacityBytes: store?.capacityBytes ?? 0,
        divergences: { early, middle, late },
      };
    },
    acquire,
    listAgents,
    async saveAgent(keyId, id) {
      const agent = book.get(keyId, id);
      if (agent === undefined) return undefined;
      await saveOf([agent]);
      return describeAgent(agent);
    },
    async deleteAgent(keyId, id) {
      const agent = book.get(keyId, id);
      if (agent === undefined) return false;
      for (const conversation of agent.conversations) {
        book.remove(conversation);
        const entry = entries.find(({ holder }) => holder === conversation);
        if (entry?.use === "idle") forget(pool, entry);
        await conversation.saving;
        await store?.drop(conversation);
      }
      return true;
    },
    persist: (signal) => saveOf(book.all(), signal),
    setHotLimit(count) {
      hotLimit = Math.max(1, count);
      line.retry();
      background.nudge();
    },
    async [Symbol.asyncDispose]() {
      await background[Symbol.asyncDispose]();
      await store?.settle();
    },
  };

  function listAgents(keyId?: string): readonly AgentRecord[] {
    const records: AgentRecord[] = [];
    for (const agent of keyId === undefined ? book.all() : book.ofKey(keyId)) {
      const record = describeAgent(agent);
      if (record !== undefined) records.push(record);
    }
    return records.toSorted((a, b) => b.lastUsedAtMs - a.lastUsedAtMs);
  }
}
