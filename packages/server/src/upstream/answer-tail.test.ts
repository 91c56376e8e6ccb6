import { chatDialects, WeirError, type ChatEvent } from "@weir/protocol";
import { describe, expect, test } from "vitest";
import { AnswerTail } from "./answer-tail.ts";
import type { UpstreamDialect } from "./upstream-target.ts";

const usage = { inputTokens: 120, cachedInputTokens: 100, outputTokens: 34, reasoningTokens: 0 };
const head = { id: "1", model: "m", createdAtMs: 0, inputTokens: 120, cachedInputTokens: 100 };
const finish: ChatEvent = { kind: "finish", finish: { reason: "end", usage } };
const tricky = '"prompt_tokens": 9, "input_tokens": 9, "done": true, data: [DONE]\n\n"completion_tokens": 9';

function encodeStream(dialect: UpstreamDialect, texts: readonly string[]): Uint8Array[] {
  const encoder = chatDialects[dialect].createStreamEncoder(head, { usage: true });
  const events = texts.map((text): ChatEvent => ({ kind: "text", text }));
  return [encoder.open(), ...[...events, finish].map((event) => encoder.encode(event))];
}

describe.each(["openai", "anthropic", "ollama"] as const)("%s", (dialect) => {
  const cachedInputTokens = dialect === "ollama" ? undefined : 100;

  test("the usage is found, whatever the text says, and however long it is", () => {
    for (const length of [1, 3_000]) {
      const tail = new AnswerTail(dialect);
      for (const bytes of encodeStream(
        dialect,
        Array.from({ length }, () => tricky),
      ))
        tail.push(bytes);
      expect(tail.hasEnd(false)).toBe(true);
      expect(tail.readUsage()).toEqual({ inputTokens: 120, cachedInputTokens, outputTokens: 34 });
    }
  });

  test("of an answer in one piece, too", () => {
    const result = { text: tricky, reasoning: "", toolCalls: [], finish: { reason: "end", usage } } as const;
    const tail = new AnswerTail(dialect);
    tail.push(chatDialects[dialect].encodeResponse(result, head));
    expect(tail.readUsage()).toEqual({ inputTokens: 120, cachedInputTokens, outputTokens: 34 });
  });

  test("a stream that stops in the middle has no end, and no error", () => {
    const tail = new AnswerTail(dialect);
    for (const bytes of encodeStream(dialect, [tricky, tricky]).slice(0, -1)) tail.push(bytes);
    expect(tail.hasEnd(true)).toBe(false);
    expect(tail.hasError()).toBe(false);
  });

  test("an error of the server's own at the end is seen", () => {
    const tail = new AnswerTail(dialect);
    for (const bytes of encodeStream(dialect, [tricky]).slice(0, -1)) tail.push(bytes);
    const encoder = chatDialects[dialect].createStreamEncoder(head, { usage: false });
    encoder.open();
    tail.push(encoder.fail(new WeirError("ENGINE_FAILED", "it broke"), "r"));
    expect(tail.hasError()).toBe(true);
    expect(tail.hasEnd(true)).toBe(false);
  });
});

test("what nobody counted is not known", () => {
  const tail = new AnswerTail("openai");
  tail.push(Buffer.from('data: {"choices":[{"finish_reason":"stop"}]}\n\n'));
  expect(tail.readUsage()).toEqual({
    inputTokens: undefined,
    cachedInputTokens: undefined,
    outputTokens: undefined,
  });
  expect([tail.hasEnd(false), tail.hasEnd(true)]).toEqual([false, true]);
});

test("a call's arguments are no end of an answer in Ollama's API, whatever their names", () => {
  const call = { function: { name: "finish", arguments: { done: true } } };
  const line = JSON.stringify({ message: { content: "", tool_calls: [call] }, done: false });
  const tail = new AnswerTail("ollama");
  tail.push(Buffer.from(`${line}\n`));
  expect(tail.hasEnd(true)).toBe(false);
  tail.push(Buffer.from('{"message":{"content":""},"done":true}\n'));
  expect(tail.hasEnd(true)).toBe(true);
});
