import { chatDialects, WeirError, type ChatRequest } from "@weir/protocol";
import type { AnswerReading } from "./answer-reading.ts";
import { BodyParts } from "./ask-whole.ts";

/** Anthropic's POST /v1/messages/count_tokens: a request without what is about the answer. */
export function toCountBody(request: ChatRequest): Uint8Array {
  const whole = chatDialects.anthropic.encodeRequest({ ...request, maxTokens: 1 }, { kind: "whole" });
  const body = JSON.parse(Buffer.from(whole).toString()) as Record<string, unknown>;
  const { model, system, messages, tools, tool_choice } = body;
  return Buffer.from(JSON.stringify({ model, system, messages, tools, tool_choice }));
}

export function readCount(): AnswerReading<number> {
  const parts = new BodyParts();
  return {
    begun: false,
    onBody: (bytes) => parts.push(bytes),
    finish(closed) {
      if (!closed) return undefined;
      const text = parts.join().toString();
      const [, count] = /"input_tokens":\s*(\d{1,12})/.exec(text) ?? [];
      if (count !== undefined) return Number(count);
      const message = `expected the field input_tokens, got ${JSON.stringify(text.slice(0, 60))}`;
      throw new WeirError("TARGET_ANSWER_INVALID", message);
    },
  };
}
