import type { ChatDialectName, ChatMessage, ChatTool } from "@weir/protocol";
import type { CachePlan } from "../embeddings/embeddings-plan.ts";

/** One conversation as it is sent. */
export interface ChatPrompt {
  /** Oldest first; at least one. */
  readonly messages: readonly ChatMessage[];
  /** Longest answer in tokens; undefined takes the plan's. */
  readonly maxTokens?: number | undefined;
}

/** A condition on an answer that can be seen without reading it: `chunks>2`. */
export interface ChunkCheck {
  readonly comparison: ">" | ">=";
  readonly chunks: number;
}

/** What a turn of a user is. */
export type ChatTurns =
  /** One request, one answer. */
  | { readonly kind: "single" }
  /**
   * So many requests that the model is to answer with a tool call, each answered by a tool whose result is known
   * beforehand, then one that it is to answer in text. All of them are one turn.
   */
  | { readonly kind: "tools"; readonly toolTurns: number; readonly tools: readonly ChatTool[] }
  /**
   * So many requests that each carry all messages before them, the answers included, then a new conversation. Each
   * request is a turn of its own: an agent thinks between them.
   */
  | {
      readonly kind: "conversation";
      readonly rounds: number;
      /** Header that tells the server whose conversation it is, e.g. `X-Agent-Id`; undefined sends none. */
      readonly agentHeader: string | undefined;
    };

/** Chat requests. Plain JSON. */
export interface ChatPlan {
  readonly kind: "chat";
  readonly dialect: ChatDialectName;
  /** The name sent to the target; undefined where the dialect needs none. */
  readonly model: string | undefined;
  /** Whether answers come token by token. */
  readonly stream: boolean;
  /** At least one. Gone through in an order that the schedule's seed decides. */
  readonly prompts: readonly ChatPrompt[];
  /** Longest answer in tokens; undefined leaves it to the server. */
  readonly maxTokens: number | undefined;
  readonly temperature: number;
  /** Ask for all of `maxTokens`, also where the model would end. */
  readonly ignoreEos: boolean;
  /** `busted` puts a new word in front of every prompt. */
  readonly cache: CachePlan;
  readonly check: ChunkCheck | undefined;
  readonly turns: ChatTurns;
}
