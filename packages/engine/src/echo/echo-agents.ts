import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentRecord, ChatAgent, ChatMemorySpec, ChatMemoryStats, ChatReuse } from "../chat-engine.ts";

interface Agent {
  readonly keyId: string;
  readonly id: string;
  words: readonly string[];
  state: "hot" | "warm";
  turns: number;
  reusedTokens: number;
  evaluatedTokens: number;
  lastUsedAtMs: number;
}

interface Recalled {
  readonly agent: Agent;
  readonly cachedTokens: number;
  readonly reuse: ChatReuse;
  readonly divergedAt: number | undefined;
}

/**
 * The memory of the echo engine: what each agent's conversation was, the newest of them hot. With a folder, those that are
 * persisted are there in one file the next time.
 */
export class EchoAgents {
  readonly #file: string | undefined;
  readonly #spec: ChatMemorySpec | undefined;
  readonly #sequences: number;
  readonly #capacityTokens: number;
  #agents: Agent[] = [];
  #counts = { reused: 0, evaluated: 0, saves: 0, restores: 0, evictions: 0 };
  #divergences: { early: number; middle: number; late: number } = { early: 0, middle: 0, late: 0 };
  #madeIds = 0;

  constructor(spec: ChatMemorySpec | undefined, sequences: number, capacityTokens: number) {
    this.#spec = spec;
    this.#sequences = sequences;
    this.#capacityTokens = capacityTokens;
    this.#file = spec?.directory === undefined ? undefined : join(spec.directory, "echo-agents.json");
  }

  async load(): Promise<void> {
    if (this.#file === undefined) return;
    const json = await readFile(this.#file, "utf8").catch(() => "[]");
    this.#agents = (JSON.parse(json) as Agent[]).map((agent) => ({ ...agent, state: "warm" }));
  }

  /** Whose conversation a prompt goes on with, and how much of it is known; `counts` says whether that is counted. */
  recall({ keyId, id }: ChatAgent, prompt: readonly string[], counts = true): Recalled {
    const known = this.#agents.filter((agent) => agent.keyId === keyId);
    const best =
      id === undefined
        ? known.toSorted((a, b) => countShared(b.words, prompt) - countShared(a.words, prompt))[0]
        : known.find((agent) => agent.id === id);
    const isHis = best !== undefined && (id !== undefined || countShared(best.words, prompt) > 0);
    const agent = isHis ? best : this.#create(keyId, id ?? `echo-${++this.#madeIds}`);
    // The last token is computed in any case: it is what the first token of the answer comes from.
    const shared = countShared(agent.words, prompt);
    const cachedTokens = Math.min(shared, Math.max(0, prompt.length - 1));
    const divergedAt = shared < agent.words.length && shared < prompt.length ? shared : undefined;
    const reuse = cachedTokens === 0 ? "none" : agent.state === "hot" ? "hot" : "disk";
    if (!counts) return { agent, cachedTokens, reuse, divergedAt };
    if (reuse === "disk") this.#counts.restores++;
    if (divergedAt !== undefined) {
      this.#divergences[divergedAt < 100 ? "early" : divergedAt < 1_000 ? "middle" : "late"]++;
    }
    this.#counts.reused += cachedTokens;
    this.#counts.evaluated += prompt.length - cachedTokens;
    agent.reusedTokens += cachedTokens;
    agent.evaluatedTokens += prompt.length - cachedTokens;
    return { agent, cachedTokens, reuse, divergedAt };
  }

  keep(agent: Agent, words: readonly string[]): void {
    agent.words = words;
    agent.turns++;
    agent.state = "hot";
    agent.lastUsedAtMs = Date.now();
    this.#agents = [agent, ...this.#agents.filter((other) => other !== agent)];
    const hot = this.#agents.filter(({ state }) => state === "hot");
    for (const cooled of hot.slice(this.#sequences)) cooled.state = "warm";
    if (this.#file === undefined) this.#agents = this.#agents.filter(({ state }) => state === "hot");
  }

  list(keyId: string | undefined): readonly AgentRecord[] {
    return this.#agents
      .filter((agent) => keyId === undefined || agent.keyId === keyId)
      .map(({ words, ...agent }) => ({ ...agent, tokens: words.length, diskBytes: 0 }));
  }

  async save(keyId: string, id: string): Promise<AgentRecord | undefined> {
    const known = this.list(keyId).find((agent) => agent.id === id);
    if (known !== undefined) await this.persist();
    return known;
  }

  delete(keyId: string, id: string): boolean {
    const before = this.#agents.length;
    this.#agents = this.#agents.filter((agent) => agent.keyId !== keyId || agent.id !== id);
    return this.#agents.length < before;
  }

  async persist(): Promise<void> {
    if (this.#file === undefined) return;
    await mkdir(this.#spec!.directory!, { recursive: true });
    const temporary = `${this.#file}.${process.pid}`;
    await writeFile(temporary, JSON.stringify(this.#agents));
    await rename(temporary, this.#file);
    this.#counts.saves++;
  }

  get stats(): ChatMemoryStats {
    const hot = this.#agents.filter(({ state }) => state === "hot");
    return {
      hotAgents: hot.length,
      warmAgents: this.#agents.length - hot.length,
      poolTokens: hot.reduce((sum, { words }) => sum + words.length, 0),
      poolCapacityTokens: this.#capacityTokens,
      diskBytes: 0,
      diskCapacityBytes: this.#spec?.diskBytes ?? 0,
      reusedTokens: this.#counts.reused,
      evaluatedTokens: this.#counts.evaluated,
      saves: this.#counts.saves,
      saveFailures: 0,
      saveSeconds: 0,
      restores: this.#counts.restores,
      restoreFailures: 0,
      restoreSeconds: 0,
      evictions: this.#counts.evictions,
      divergences: { ...this.#divergences },
    };
  }

  #create(keyId: string, id: string): Agent {
    const counts = { turns: 0, reusedTokens: 0, evaluatedTokens: 0, lastUsedAtMs: Date.now() };
    return { keyId, id, words: [], state: "hot", ...counts };
  }
}

function countShared(a: readonly string[], b: readonly string[]): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  return shared;
}
