import type { AgentRecord, ChatJob, ChatMemoryStats, ChatStart, ChatWork } from "@weir/engine";
import type { ChatEvent, ChatRequest } from "@weir/protocol";

/**
 * What a chat replica is asked for. The body of such a job, of its events and of its end is JSON: conversations are texts of
 * any length, and a large body goes past the pipe.
 */
export interface ChatJobMeta {
  readonly kind: keyof ChatAnswers;
  /** Bytes of events that may be under way before the first credit. */
  readonly creditBytes: number;
}

/** The body of a job of each kind. */
export interface ChatQuestions {
  readonly chat: ChatJob;
  readonly "count-tokens": ChatRequest;
  readonly agents: { readonly keyId?: string };
  readonly "save-agent": { readonly keyId: string; readonly id: string };
  readonly "delete-agent": { readonly keyId: string; readonly id: string };
  readonly persist: null;
}

/** What its end says. */
export interface ChatAnswers {
  readonly chat: ChatWork;
  readonly "count-tokens": number;
  readonly agents: readonly AgentRecord[];
  /** Null where it is not known. */
  readonly "save-agent": AgentRecord | null;
  readonly "delete-agent": boolean;
  readonly persist: null;
}

/** The body of an event: what came of one step of the model for one job. */
export interface ChatStep {
  /** Only in a job's first. */
  readonly start?: ChatStart;
  readonly events: readonly ChatEvent[];
}

/** The body of an end. What is remembered may be another then. */
export interface ChatEnd<Kind extends keyof ChatAnswers = keyof ChatAnswers> {
  readonly answer: ChatAnswers[Kind];
  readonly memory: ChatMemoryStats;
}

export function encodeJsonBody(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** The other end of the link is our own: what it sends has the shape that the job's kind says. */
export function parseJsonBody(body: Uint8Array): unknown {
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString());
}
