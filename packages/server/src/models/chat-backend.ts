import type { AgentRecord, ChatHooks, ChatJob, ChatMemoryStats, ChatModelInfo, ChatWork } from "@weir/engine";
import type { ChatDialectName, ChatRequest } from "@weir/protocol";
import type { BackendState, JobOrigin, ReplicaStatus } from "./embedding-backend.ts";

/** What is known of a chat model, wherever it computes. A server elsewhere does not say everything. */
export interface ChatBackendInfo extends Pick<ChatModelInfo, "device" | "precision" | "reference"> {
  readonly contextTokens: number | undefined;
  readonly weightBytes: number | undefined;
  /** Everything, where it computes here. */
  readonly model: ChatModelInfo | undefined;
}

/** A request as it came, for a backend that is asked in the same dialect. */
export interface WireChatRequest {
  readonly dialect: ChatDialectName;
  /** Valid JSON, an object. */
  readonly body: Uint8Array;
  readonly streams: boolean;
  /** As of a {@link ChatOrigin}. */
  readonly affinity?: string;
}

/** Takes an answer's bytes as they come from another server. */
export interface PassedStream {
  /** Once, before the first bytes. */
  onHead(head: { readonly contentType: string }): void;
  /** `framed` are the same as one chunk of a chunked body of HTTP/1.1, where they came like that. */
  onBytes(bytes: Uint8Array, framed?: Uint8Array): void;
}

/** What an answer that was passed through turned out to be. Undefined is what the other server did not say. */
export interface PassedChat {
  readonly inputTokens: number | undefined;
  readonly cachedInputTokens: number | undefined;
  readonly outputTokens: number | undefined;
}

/** Requests of one dialect whose bytes are handed on, and whose answers' bytes are handed back as they come. */
interface ChatPassThrough {
  readonly dialect: ChatDialectName;
  /** Rejects as `chat` of the backend does; after `onHead` the client has a part of the answer already. */
  pass(
    request: WireChatRequest,
    to: PassedStream,
    signal: AbortSignal,
    origin?: ChatOrigin,
  ): Promise<PassedChat>;
}

/** What a backend on another server has to know of the request behind a job. */
export interface ChatOrigin extends JobOrigin {
  /** Requests of one agent go to the same server of several. */
  readonly affinity?: string;
}

/** What is remembered of conversations. Undefined parts belong to models on other servers. */
export interface ChatMemory {
  readonly stats: ChatMemoryStats;
  listAgents(keyId: string | undefined): Promise<readonly AgentRecord[]>;
  saveAgent(keyId: string, id: string): Promise<AgentRecord | undefined>;
  deleteAgent(keyId: string, id: string): Promise<boolean>;
}

/** A served chat model, wherever it computes. */
export interface ChatBackend extends AsyncDisposable {
  /** The name that clients ask for. */
  readonly name: string;
  readonly info: ChatBackendInfo;
  readonly state: BackendState;
  /** Answers that it writes at once now. 0 while none is ready. */
  readonly slots: number;
  readonly replicas: readonly ReplicaStatus[];
  /** Undefined where another server remembers. */
  readonly memory: ChatMemory | undefined;
  /**
   * Rejects with a WeirError: NOT_READY, REPLICA_START_FAILED, REPLICA_LOST or REMOTE_FAILED (retryable; also in mid-answer),
   * REMOTE_REFUSED, TARGET_ANSWER_INVALID, CANCELLED, or what the model threw.
   */
  chat(job: ChatJob, hooks: ChatHooks, signal: AbortSignal, origin?: ChatOrigin): Promise<ChatWork>;
  /** Tokens of a prompt, its template included. */
  countTokens(request: ChatRequest, signal: AbortSignal): Promise<number>;
  /** Undefined where every answer is computed here. */
  readonly passing?: ChatPassThrough;
}
