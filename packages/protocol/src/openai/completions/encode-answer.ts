import type { ChatEvent, ChatFinish, ChatResult } from "../../canonical/chat.ts";
import type { ChatAnswerHead, ChatStreamEncoder, ChatStreamOptions } from "../../canonical/chat-dialect.ts";
import { encodeSse } from "../../sse/encode-sse.ts";
import { toOpenAIFinishReason, toOpenAIUsage } from "../chat/encode-response.ts";
import { encodeOpenAIError } from "../encode-error.ts";

const nothing = new Uint8Array(0);
const ping = Buffer.from(": ping\n\n");

function toHead(head: ChatAnswerHead): Readonly<Record<string, unknown>> {
  return {
    id: `cmpl-${head.id}`,
    object: "text_completion",
    created: Math.floor(head.createdAtMs / 1000),
    model: head.model,
  };
}

/** `{"id","object":"text_completion","created","model","choices":[{"text","index","logprobs","finish_reason"}],"usage"}` */
export function encodeOpenAICompletion({ text, finish }: ChatResult, head: ChatAnswerHead): Uint8Array {
  const reason = toOpenAIFinishReason(finish.reason);
  const choices = [{ text, index: 0, logprobs: null, finish_reason: reason }];
  return Buffer.from(JSON.stringify({ ...toHead(head), choices, usage: toOpenAIUsage(finish.usage) }));
}

/** Chunks with a piece of the text each, one with the reason, with `usage` one of `choices: []`, then `[DONE]`. */
export function createOpenAICompletionStreamEncoder(
  head: ChatAnswerHead,
  { usage }: ChatStreamOptions,
): ChatStreamEncoder {
  const common = JSON.stringify(toHead(head)).slice(0, -1);
  const noUsage = usage ? `,"usage":null` : "";
  const before = `data: ${common},"choices":[{"text":`;
  const toFrame = (text: string, reason: string): string =>
    `${before}${JSON.stringify(text)},"index":0,"logprobs":null,"finish_reason":${reason}}]${noUsage}}\n\n`;

  const encodeFinish = (finish: ChatFinish): string => {
    const counts = usage
      ? encodeSse(`${common},"choices":[],"usage":${JSON.stringify(toOpenAIUsage(finish.usage))}}`)
      : "";
    return `${toFrame("", `"${toOpenAIFinishReason(finish.reason)}"`)}${counts}${encodeSse("[DONE]")}`;
  };

  return {
    open: () => nothing,
    encode(event: ChatEvent) {
      if (event.kind === "finish") return Buffer.from(encodeFinish(event.finish));
      // A prompt without a template is continued by text alone.
      return event.kind === "text" ? Buffer.from(toFrame(event.text, "null")) : nothing;
    },
    ping: () => ping,
    fail: (error, requestId) =>
      Buffer.from(encodeSse(JSON.stringify(encodeOpenAIError(error, requestId).body))),
  };
}
