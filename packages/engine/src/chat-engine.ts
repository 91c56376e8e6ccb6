import type { ChatEvent, ChatRequest } from "@weir/protocol";
import type { Device, JsonValue } from "./embedding-engine.ts";

/** Number formats of the KV cache. */
export type KvType = "f16" | "q8_0" | "q4_0";

export const kvTypes: readonly KvType[] = ["f16", "q8_0", "q4_0"];

/** What a chat model is, as its engine found it in the file. */
export interface ChatModelInfo {
  /** Longest conversation in tokens, its answer included. */
  readonly contextTokens: number;
  /** Conversations that are computed beside each other. Whole number >= 1. */
  readonly sequences: number;
  /** Tokens that the KV cache holds, over all sequences. */
  readonly kvCapacityTokens: number;
  readonly kvType: KvType;
  /** Memory of the KV cache. */
  readonly kvBytes: number;
  readonly vocabularySize: number;
  /** What computes, e.g. `cpu`. */
  readonly device: string;
  /** Why it is not the device that would have been faster. Undefined where it is what was asked for. */
  readonly deviceFallback?: string;
  /** Number format of the weights, e.g. `Q8_0`. */
  readonly precision: string;
  /** True for weights that Weir made from a seed: real cost, meaningless answers. */
  readonly reference: boolean;
  /** Bytes of the weights on disk. */
  readonly weightBytes: number;
  /** The kind of network, as the model's own file names it, e.g. `llama`. */
  readonly architecture: string;
  /** Weights in all. Undefined where the file does not say. */
  readonly parameters?: number;
  /** The family whose way of writing calls of tools the model has, e.g. `chatml`. */
  readonly toolFormat: string;
}

/** Where a chat model is and how to run it. Plain JSON: it crosses a process border. */
export interface ChatModelSpec {
  /** Absolute path of a .gguf file. */
  readonly path: string;
  /** Threads that compute. Whole number >= 1. @default the machine's cores */
  readonly threads?: number;
  /** As for embedding models. @default "auto" */
  readonly device?: Device;
  /** Longest conversation in tokens. @default the model's own, at most 8,192 */
  readonly contextTokens?: number;
  /** Conversations that are computed beside each other. @default 4 */
  readonly sequences?: number;
  /** @default "f16" */
  readonly kvType?: KvType;
  /** Template and family of a model whose file has none that is known: a family's name or the path of a Jinja file. */
  readonly chatTemplate?: string;
  /** Guess tokens ahead: `lookup` from the conversation itself, or the path of a small .gguf. @default nothing is guessed */
  readonly speculate?: string;
  readonly memory?: ChatMemorySpec;
  /** Settings of one engine's own; an engine that knows none ignores them. */
  readonly options?: Readonly<Record<string, JsonValue>>;
}

/** Where conversations are kept that are not under way. */
export interface ChatMemorySpec {
  /** Absolute path of a folder for state files. Undefined: nothing outlives its sequence. */
  readonly directory?: string;
  /** Most bytes of state files, over all agents of the model. */
  readonly diskBytes: number;
  /** Most bytes of the KV cache in memory; fewer sequences are kept hot where it is less than all of them take. */
  readonly ramBytes?: number;
  /** A JSON file of `{"system": string, "tools": [...]}` objects that are computed before the model is ready and that every key shares. */
  readonly prewarm?: string;
}

/** Whose conversation a job is of. Agents of one key are never seen by another. */
export interface ChatAgent {
  /** The API key's id; empty where there are no keys. */
  readonly keyId: string;
  /** Undefined: found by the longest prefix that is known of the key. */
  readonly id: string | undefined;
}

/** One answer that is wanted. Plain JSON. */
export interface ChatJob {
  readonly request: ChatRequest;
  readonly agent: ChatAgent;
  /** Jobs of a lower number are computed first. */
  readonly rank: number;
  /** It only shows that the model works, and counts in no statistics. @default false */
  readonly isTrial?: boolean;
}

/** What is known before the first token. */
export interface ChatStart {
  readonly inputTokens: number;
  /** The part of them that was computed before. */
  readonly cachedInputTokens: number;
}

/** Where the beginning of a conversation came from. */
export type ChatReuse = "none" | "hot" | "disk" | "prewarm";

/** What one answer took, in milliseconds and tokens. */
export interface ChatWork extends ChatStart {
  readonly outputTokens: number;
  readonly reuse: ChatReuse;
  /** Waiting for a sequence, after admission. */
  readonly waitMs: number;
  /** Reading a state file; 0 where none was read. */
  readonly restoreMs: number;
  /** Until the first token was there. */
  readonly promptMs: number;
  readonly generationMs: number;
  /** Where the prompt left what was known of its agent, in tokens; undefined where it went on where that ended. */
  readonly divergedAt?: number;
}

/** One conversation that is remembered. */
export interface AgentRecord {
  readonly keyId: string;
  /** The client's name of it, or one made from its tokens. */
  readonly id: string;
  /** `hot`: in a sequence. `warm`: in a state file. */
  readonly state: "hot" | "warm";
  readonly tokens: number;
  /** Of its state file; 0 where there is none. */
  readonly diskBytes: number;
  readonly turns: number;
  readonly reusedTokens: number;
  readonly evaluatedTokens: number;
  /** Milliseconds since 1970. */
  readonly lastUsedAtMs: number;
}

/** Counters since the model was loaded. */
export interface ChatMemoryStats {
  readonly hotAgents: number;
  readonly warmAgents: number;
  /** Tokens held in sequences. */
  readonly poolTokens: number;
  readonly poolCapacityTokens: number;
  readonly diskBytes: number;
  readonly diskCapacityBytes: number;
  readonly reusedTokens: number;
  readonly evaluatedTokens: number;
  readonly saves: number;
  readonly saveFailures: number;
  readonly saveSeconds: number;
  readonly restores: number;
  readonly restoreFailures: number;
  readonly restoreSeconds: number;
  /** State files that were dropped to keep the budget. */
  readonly evictions: number;
  /** How often a prompt left what was known of its agent: in its first 100 tokens, the first 1,000, later. */
  readonly divergences: { readonly early: number; readonly middle: number; readonly late: number };
}

export interface ChatHooks {
  /** Called once, before the first event. */
  readonly onStart?: (start: ChatStart) => void;
  /** What came of one step of the model; the last group ends with `finish`. It never waits for a reader. */
  readonly onEvents: (events: readonly ChatEvent[]) => void;
}

/**
 * A loaded chat model with its memory. It may compute on the calling thread for milliseconds (templates, tokenizing), never
 * for as long as a batch takes.
 */
export interface ChatEngine extends AsyncDisposable {
  readonly info: ChatModelInfo;
  readonly stats: ChatMemoryStats;
  /**
   * Resolves when the answer is complete. Rejects with INPUT_TOO_LONG where the prompt does not fit into the context,
   * INVALID_REQUEST for what the model cannot do, ENGINE_FAILED, and CANCELLED within one batch after `signal` fired; its
   * sequence is free then.
   */
  chat(job: ChatJob, hooks: ChatHooks, signal: AbortSignal): Promise<ChatWork>;
  /** Tokens that `chat` would be given, its template included. */
  countTokens(request: ChatRequest): number;
  /** Of one key, or of all. Most recently used first. */
  listAgents(keyId?: string): readonly AgentRecord[];
  /** Writes an agent's state file now. Returns undefined where it is not known. Rejects with CACHE_UNUSABLE where it cannot. */
  saveAgent(keyId: string, id: string): Promise<AgentRecord | undefined>;
  /** Forgets an agent, its state file included. Returns whether it was known. */
  deleteAgent(keyId: string, id: string): Promise<boolean>;
  /** Writes the state files of all hot agents. To be called before the engine is closed, with no job under way. */
  persist(signal: AbortSignal): Promise<void>;
}

/** What a chat engine's package exports. A replica imports it by module address. */
export interface ChatEngineModule {
  /** Throws MODEL_INVALID with the file's name, DEVICE_UNAVAILABLE, USAGE for a setting that the model cannot have. */
  createChatEngine(spec: ChatModelSpec, signal: AbortSignal): Promise<ChatEngine>;
}
