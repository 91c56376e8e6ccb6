import type { ChatHooks, ChatJob, ChatWork } from "@weir/engine";
import type { ChatDialectName, ChatRequest } from "@weir/protocol";
import type { ChatBackend, PassedChat, PassedStream, WireChatRequest } from "./chat-backend.ts";
import type { JobTerms, QueuedBackend } from "./queued-backend.ts";

/** `queueMs` is the time until it had a slot, `loadMs` the part in which a model that had been asleep was loaded. */
interface Queued {
  readonly queueMs: number;
  readonly loadMs: number;
}

export interface QueuedChatWork extends ChatWork, Queued {}
interface QueuedPassedChat extends PassedChat, Queued {}

/** A chat model that is served: a backend behind its own admission. */
export interface QueuedChat
  extends
    Omit<ChatBackend, "chat" | "passing" | "countTokens">,
    Pick<
      QueuedBackend,
      | "jobsHeld"
      | "isCrowded"
      | "expiresInMs"
      | "load"
      | "unload"
      | "keepLoaded"
      | "admissionStats"
      | "refreshSlots"
      | "drain"
    > {
  readonly kind: "chat";
  /** The dialect whose bytes it passes through now; undefined where it computes itself. */
  readonly passes: ChatDialectName | undefined;
  /**
   * Rejects as the backend's does, and with what admission refuses or ends a job with; the hooks were not called then. A
   * model that is asleep is loaded first.
   */
  chat(
    job: Omit<ChatJob, "rank">,
    terms: JobTerms,
    hooks: ChatHooks,
    signal: AbortSignal,
  ): Promise<QueuedChatWork>;
  /** Only where `passes` is the request's dialect. */
  pass(
    request: WireChatRequest,
    terms: JobTerms,
    to: PassedStream,
    signal: AbortSignal,
  ): Promise<QueuedPassedChat>;
  /** Beside the queue: it costs a tokenizer's time. */
  countTokens(request: ChatRequest, signal: AbortSignal): Promise<number>;
}
