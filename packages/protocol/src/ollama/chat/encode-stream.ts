import type { ChatEvent, ChatToolCall } from "../../canonical/chat.ts";
import type { ChatAnswerHead, ChatStreamEncoder, ChatStreamOptions } from "../../canonical/chat-dialect.ts";
import { parseArguments } from "../../canonical/parse-arguments.ts";
import { encodeNdjson } from "../../ndjson/encode-ndjson.ts";
import { encodeOllamaError } from "../encode-error.ts";
import {
  toChatPart,
  toLastMembers,
  toLineHead,
  type OllamaPart,
  type OllamaPartShape,
} from "./encode-answer.ts";

const empty: OllamaPart = { text: "", reasoning: "", toolCalls: [] };
const nothing = new Uint8Array(0);

export function createOllamaChatStreamEncoder(
  head: ChatAnswerHead,
  options: ChatStreamOptions,
): ChatStreamEncoder {
  return createLineEncoder(head, options, toChatPart);
}

/**
 * Lines of JSON, the last with `done: true`. A call of a tool goes out whole, on one line, for arguments are an object
 * here: its fragments are kept until the call is complete.
 */
export function createLineEncoder(
  head: ChatAnswerHead,
  { nowMs = () => head.createdAtMs }: ChatStreamOptions,
  shape: OllamaPartShape,
): ChatStreamEncoder {
  let call: ChatToolCall | undefined;

  const encodePart = (part: Partial<OllamaPart>): string =>
    encodeNdjson({ ...toLineHead(head.model, nowMs()), ...shape({ ...empty, ...part }), done: false });

  const flushCall = (): string => {
    if (call === undefined) return "";
    const complete = call;
    call = undefined;
    return parseArguments(complete.argumentsJson) === undefined ? "" : encodePart({ toolCalls: [complete] });
  };

  const encode = (event: ChatEvent): string => {
    switch (event.kind) {
      case "text":
        return flushCall() + encodePart({ text: event.text });
      case "reasoning":
        return flushCall() + encodePart({ reasoning: event.text });
      case "tool-call": {
        const before = flushCall();
        call = { id: event.id, name: event.name, argumentsJson: "" };
        return before;
      }
      case "tool-arguments":
        if (call !== undefined) call = { ...call, argumentsJson: call.argumentsJson + event.json };
        return "";
      case "finish": {
        const last = { ...toLineHead(head.model, nowMs()), ...shape(empty), ...toLastMembers(event.finish) };
        return flushCall() + encodeNdjson(last);
      }
    }
  };

  return {
    open: () => nothing,
    encode: (event) => Buffer.from(encode(event)),
    // There are no comments here: a line with nothing in it is what clients add to their texts without harm.
    ping: () => Buffer.from(encodePart({})),
    fail: (error, requestId) => Buffer.from(encodeNdjson(encodeOllamaError(error, requestId).body)),
  };
}
