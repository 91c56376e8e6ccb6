import type { ChatFinish, ChatToolCall, FinishReason } from "../../canonical/chat.ts";
import { parseArguments } from "../../canonical/parse-arguments.ts";

type Json = Readonly<Record<string, unknown>>;

/** One part of an answer: what an Ollama line says beside its model and date. */
export interface OllamaPart {
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly ChatToolCall[];
}

/** Where a line keeps its part: /api/chat in a message, /api/generate beside the rest. */
export type OllamaPartShape = (part: OllamaPart) => Json;

export const toChatPart: OllamaPartShape = ({ text, reasoning, toolCalls }) => ({
  message: {
    role: "assistant",
    content: text,
    ...(reasoning === "" ? {} : { thinking: reasoning }),
    ...(toolCalls.length === 0
      ? {}
      : {
          // None of a call that the answer's end cut off: its arguments would be others.
          tool_calls: toolCalls.flatMap(({ id, name, argumentsJson }, index) => {
            const values = parseArguments(argumentsJson);
            return values === undefined ? [] : [{ id, function: { index, name, arguments: values } }];
          }),
        }),
  },
});

export const toGeneratePart: OllamaPartShape = ({ text, reasoning }) => ({
  response: text,
  ...(reasoning === "" ? {} : { thinking: reasoning }),
});

/** `model` and `created_at`, RFC 3339 with a fraction. */
export function toLineHead(model: string, atMs: number): Json {
  return { model, created_at: new Date(atMs).toISOString() };
}

/** The members of the last line. Durations are whole nanoseconds, and left out where nobody measured them. */
export function toLastMembers({ reason, usage, timing }: ChatFinish): Json {
  if (reason === "loaded") return { done: true, done_reason: "load" };
  return {
    done: true,
    done_reason: toDoneReason(reason),
    ...(timing === undefined
      ? {}
      : {
          total_duration: toNanoseconds(timing.totalMs),
          load_duration: toNanoseconds(timing.loadMs),
          prompt_eval_duration: toNanoseconds(timing.promptMs),
          eval_duration: toNanoseconds(timing.generationMs),
        }),
    prompt_eval_count: usage.inputTokens,
    eval_count: usage.outputTokens,
  };
}

function toDoneReason(reason: FinishReason): string {
  return reason === "length" || reason === "context-full" ? "length" : "stop";
}

function toNanoseconds(ms: number): number {
  return Math.round(ms * 1e6);
}
