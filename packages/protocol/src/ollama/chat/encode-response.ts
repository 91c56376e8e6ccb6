import type { ChatResult } from "../../canonical/chat.ts";
import type { ChatAnswerHead } from "../../canonical/chat-dialect.ts";
import { toChatPart, toLastMembers, toLineHead, type OllamaPartShape } from "./encode-answer.ts";

/** `{"model","created_at","message":{"role","content","thinking","tool_calls"},"done":true,"done_reason",...}` */
export function encodeOllamaChatResponse(result: ChatResult, head: ChatAnswerHead): Uint8Array {
  return encodeWhole(result, head, toChatPart);
}

/** A whole answer of either path. */
export function encodeWhole(result: ChatResult, head: ChatAnswerHead, shape: OllamaPartShape): Uint8Array {
  const finishedAtMs = head.createdAtMs + (result.finish.timing?.totalMs ?? 0);
  return Buffer.from(
    JSON.stringify({
      ...toLineHead(head.model, finishedAtMs),
      ...shape(result),
      ...toLastMembers(result.finish),
    }),
  );
}
