/** One chat request, whatever dialect it came in. */
export interface ChatRequest {
  /** The model's name as the client wrote it; undefined where it was left out. */
  readonly model: string | undefined;
  /** Oldest first. Empty only in dialects where that asks to load the model. */
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ChatTool[];
  readonly toolChoice: ToolChoice;
  /** Most tokens to generate. Whole number >= 1. */
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly seed: number | undefined;
  /** Texts that end the answer, themselves left out of it. */
  readonly stop: readonly string[];
  /** Go on to `maxTokens` even where the model would end. */
  readonly ignoreEos: boolean;
  /** Sample from the so many likeliest tokens. Whole number >= 1; undefined for as many as there are. */
  readonly topK?: number | undefined;
  /** What the answer's text has to be. @default text */
  readonly responseFormat?: ResponseFormat;
  /** Whether one answer may hold several calls. @default true */
  readonly parallelToolCalls?: boolean;
  /** Goes to the model as it is, without its template; `messages` is empty then. */
  readonly rawPrompt?: string;
  /** Whose conversation it is, as the dialect's own field says; a header beats it. */
  readonly agentId?: string | undefined;
}

/** `schema` is a JSON Schema. */
export type ResponseFormat =
  | { readonly kind: "text" }
  | { readonly kind: "json" }
  | { readonly kind: "json-schema"; readonly schema: Readonly<Record<string, unknown>> };

export type ChatMessage =
  | { readonly role: "system"; readonly text: string }
  | { readonly role: "user"; readonly parts: readonly ChatPart[] }
  | {
      readonly role: "assistant";
      readonly text: string;
      readonly reasoning: string;
      readonly toolCalls: readonly ChatToolCall[];
    }
  /** What a tool answered. `callId` is the call's id, or the tool's name in dialects without ids. */
  | { readonly role: "tool"; readonly callId: string; readonly text: string };

/** `url` is an address or a `data:` URL. */
export type ChatPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "image"; readonly url: string };

export interface ChatTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type ToolChoice =
  | { readonly kind: "auto" }
  | { readonly kind: "none" }
  | { readonly kind: "any" }
  | { readonly kind: "tool"; readonly name: string };

export interface ChatToolCall {
  readonly id: string;
  readonly name: string;
  /** The arguments as JSON text. */
  readonly argumentsJson: string;
}

/** Why an answer ended. `loaded` is the answer to a request that only loads the model. */
export type FinishReason =
  | "end"
  | "length"
  | "stop-sequence"
  | "tool-calls"
  | "refusal"
  | "context-full"
  | "loaded";

export interface ChatUsage {
  /** All tokens that the model was given, those from a cache included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The part of `inputTokens` that came from a cache. */
  readonly cachedInputTokens: number;
  /** The part of `outputTokens` that was reasoning. */
  readonly reasoningTokens: number;
}

/** What the server measured about one answer. */
export interface ChatTiming {
  readonly totalMs: number;
  readonly loadMs: number;
  /** Reading the prompt: up to the first token. */
  readonly promptMs: number;
  /** From the first token to the last. */
  readonly generationMs: number;
}

export interface ChatResult {
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly ChatToolCall[];
  readonly finish: ChatFinish;
}

export interface ChatFinish {
  readonly reason: FinishReason;
  readonly usage: ChatUsage;
  /** Which of the request's texts ended it, where one did and it is known which. */
  readonly stopSequence?: string;
  /** False where a server elsewhere did not say how many tokens there were: `usage` is all 0 then. @default true */
  readonly counted?: boolean;
  /** Left out rather than invented where nobody measured. */
  readonly timing?: ChatTiming;
}

/**
 * What happens while an answer grows. A call of a tool begins with `tool-call`, then its arguments follow as fragments
 * of JSON text; one call ends where the next event is of another index or kind. The last event is `finish`.
 */
export type ChatEvent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "reasoning"; readonly text: string }
  | { readonly kind: "tool-call"; readonly index: number; readonly id: string; readonly name: string }
  | { readonly kind: "tool-arguments"; readonly index: number; readonly json: string }
  | { readonly kind: "finish"; readonly finish: ChatFinish };
