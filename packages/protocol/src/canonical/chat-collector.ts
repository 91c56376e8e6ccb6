import type { ChatEvent, ChatFinish, ChatResult, ChatToolCall } from "./chat.ts";
import { WeirError } from "./weir-error.ts";

/** Puts an answer's events together. */
export interface ChatCollector {
  add(events: readonly ChatEvent[]): void;
  /** The answer as it is so far, without its end. */
  readonly partial: Omit<ChatResult, "finish">;
  /** The whole answer. Throws TARGET_ANSWER_INVALID before `finish` has come. */
  result(): ChatResult;
}

/** A call without arguments has `{}`, for its arguments are always JSON. */
export function createChatCollector(): ChatCollector {
  let text = "";
  let reasoning = "";
  const calls = new Map<number, { id: string; name: string; json: string }>();
  let finish: ChatFinish | undefined;

  const add = (event: ChatEvent): void => {
    switch (event.kind) {
      case "text":
        text += event.text;
        return;
      case "reasoning":
        reasoning += event.text;
        return;
      case "tool-call":
        calls.set(event.index, { id: event.id, name: event.name, json: "" });
        return;
      case "tool-arguments": {
        const call = calls.get(event.index);
        if (call !== undefined) call.json += event.json;
        return;
      }
      case "finish":
        finish = event.finish;
    }
  };
  const toCall = ({ id, name, json }: { id: string; name: string; json: string }): ChatToolCall => ({
    id,
    name,
    argumentsJson: json === "" ? "{}" : json,
  });
  const toPartial = (): Omit<ChatResult, "finish"> => ({
    text,
    reasoning,
    toolCalls: [...calls.values()].map(toCall),
  });

  return {
    add: (events) => {
      for (const event of events) add(event);
    },
    get partial() {
      return toPartial();
    },
    result() {
      if (finish !== undefined) return { ...toPartial(), finish };
      throw new WeirError("TARGET_ANSWER_INVALID", "expected an answer with an end, got none");
    },
  };
}

/** The events of an answer that is there as a whole. */
export function toChatEvents({ text, reasoning, toolCalls, finish }: ChatResult): readonly ChatEvent[] {
  return [
    ...(reasoning === "" ? [] : [{ kind: "reasoning", text: reasoning } as const]),
    ...(text === "" ? [] : [{ kind: "text", text } as const]),
    ...toolCalls.flatMap(({ id, name, argumentsJson }, index) => [
      { kind: "tool-call", index, id, name } as const,
      { kind: "tool-arguments", index, json: argumentsJson } as const,
    ]),
    { kind: "finish", finish },
  ];
}
