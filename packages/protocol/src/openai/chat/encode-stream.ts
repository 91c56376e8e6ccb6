import type { ChatEvent, ChatFinish } from "../../canonical/chat.ts";
import type { ChatAnswerHead, ChatStreamEncoder, ChatStreamOptions } from "../../canonical/chat-dialect.ts";
import { encodeSse } from "../../sse/encode-sse.ts";
import { encodeOpenAIError } from "../encode-error.ts";
import { toOpenAIFinishReason, toOpenAIUsage } from "./encode-response.ts";

const done = encodeSse("[DONE]");
const nothing = new Uint8Array(0);
/** A comment, which clients skip. */
const ping = Buffer.from(": ping\n\n");

/**
 * Chunks of `chat.completion.chunk`: role, content, tool_calls by index (id and name once, then arguments as
 * fragments), finish_reason, then with `usage` a chunk of `choices: []`, then `[DONE]`. With `usage` every other chunk
 * has `usage: null`, as OpenAI writes it.
 */
export function createOpenAIChatStreamEncoder(
  head: ChatAnswerHead,
  { usage, roleOnlyDelta = true }: ChatStreamOptions,
): ChatStreamEncoder {
  const common = {
    id: `chatcmpl-${head.id}`,
    object: "chat.completion.chunk",
    created: Math.floor(head.createdAtMs / 1000),
    model: head.model,
  };
  const commonJson = JSON.stringify(common).slice(0, -1);
  const open = `data: ${commonJson},"choices":[{"index":0,"delta":`;
  const noUsage = usage ? `,"usage":null` : "";
  const close = `,"logprobs":null,"finish_reason":null}]${noUsage}}\n\n`;
  let rolePending = !roleOnlyDelta;

  // Only what differs between chunks is written anew: streams are the busiest path of a server.
  const toFrame = (members: string): Uint8Array => {
    const role = rolePending ? `"role":"assistant",` : "";
    rolePending = false;
    return Buffer.from(`${open}{${role}${members}}${close}`);
  };

  const encodeFinish = (finish: ChatFinish): Uint8Array => {
    const last = `${open}{},"logprobs":null,"finish_reason":"${toOpenAIFinishReason(finish.reason)}"}]${noUsage}}\n\n`;
    const counts = usage
      ? encodeSse(`${commonJson},"choices":[],"usage":${JSON.stringify(toOpenAIUsage(finish.usage))}}`)
      : "";
    return Buffer.from(last + counts + done);
  };

  return {
    open: () => (roleOnlyDelta ? toFrame(`"role":"assistant","content":"","refusal":null`) : nothing),
    encode(event: ChatEvent) {
      switch (event.kind) {
        case "text":
          return toFrame(`"content":${JSON.stringify(event.text)}`);
        case "reasoning":
          return toFrame(`"reasoning_content":${JSON.stringify(event.text)}`);
        case "tool-call": {
          const called = { name: event.name, arguments: "" };
          const call = { index: event.index, id: event.id, type: "function", function: called };
          return toFrame(`"tool_calls":[${JSON.stringify(call)}]`);
        }
        case "tool-arguments": {
          const call = { index: event.index, function: { arguments: event.json } };
          return toFrame(`"tool_calls":[${JSON.stringify(call)}]`);
        }
        case "finish":
          return encodeFinish(event.finish);
      }
    },
    ping: () => ping,
    // No [DONE] after it: the answer is not whole.
    fail: (error, requestId) =>
      Buffer.from(encodeSse(JSON.stringify(encodeOpenAIError(error, requestId).body))),
  };
}
