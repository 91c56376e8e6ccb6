import { expect, it } from "vitest";
import type { ChatEvent, ChatResult } from "../canonical/chat.ts";
import { createChatCollector } from "../canonical/chat-collector.ts";
import type { ChatDialectName } from "../canonical/chat-dialect.ts";
import { chatDialects } from "../chat-dialects.ts";

/** Answers in the manner of servers that are not ours, byte by byte. */
function decode(name: ChatDialectName, text: string): { result: ChatResult; events: readonly ChatEvent[] } {
  const decoder = chatDialects[name].createStreamDecoder();
  const collector = createChatCollector();
  const events = [...Buffer.from(text)].flatMap((byte) => decoder.push(Uint8Array.of(byte)));
  events.push(...decoder.end());
  collector.add(events);
  return { result: collector.result(), events };
}

const sse = (...events: readonly (object | string)[]): string =>
  events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("");
const chunk = (delta: object, more: object = {}, top: object = {}): object => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1_700_000_000,
  model: "m",
  choices: [{ index: 0, delta, logprobs: null, finish_reason: null, ...more }],
  ...top,
});

it("vLLM: null usage in each chunk, counts in the last, the text that ended it, reasoning under two names", () => {
  const { result } = decode(
    "openai",
    `: ping\r\n\r\n${sse(
      chunk({ role: "assistant", content: "", reasoning_content: null }, {}, { usage: null }),
      chunk({ reasoning_content: "h", reasoning: "h" }, {}, { usage: null }),
      chunk({ content: "a" }, { token_ids: null }, { usage: null }),
      chunk({ content: "b" }, { token_ids: null }, { usage: null }),
      chunk({ content: "" }, { finish_reason: "stop", stop_reason: "\n" }, { usage: null }),
      {
        choices: [],
        usage: {
          prompt_tokens: 7,
          total_tokens: 10,
          completion_tokens: 3,
          prompt_tokens_details: { cached_tokens: 4 },
        },
      },
      "[DONE]",
    ).replaceAll("\n", "\r\n")}`,
  );
  expect(result).toEqual({
    text: "ab",
    reasoning: "h",
    toolCalls: [],
    finish: {
      reason: "stop-sequence",
      stopSequence: "\n",
      usage: { inputTokens: 7, outputTokens: 3, cachedInputTokens: 4, reasoningTokens: 0 },
    },
  });
});

it("llama.cpp: no role, a null content, counts and times of its own, an error in a field of its own", () => {
  const timings = { cache_n: 5, prompt_n: 2, prompt_ms: 8.5, predicted_n: 3, predicted_ms: 30 };
  const { result } = decode(
    "openai",
    sse(
      chunk({ role: "assistant", content: null }),
      chunk({ content: "a" }),
      chunk({ content: "b" }),
      chunk({}, { finish_reason: "length" }, { timings }),
      "[DONE]",
    ),
  );
  expect(result).toMatchObject({
    text: "ab",
    finish: {
      reason: "length",
      usage: { inputTokens: 7, outputTokens: 3, cachedInputTokens: 5 },
      timing: { totalMs: 38.5, loadMs: 0, promptMs: 8.5, generationMs: 30 },
    },
  });
  const failing = `error: {"code":500,"message":"slot unavailable","type":"server_error"}\n\n`;
  for (const text of [failing, `data: {"error":${failing.slice(7, -2)}}\n\n`])
    expect(() => decode("openai", text)).toThrow(
      expect.objectContaining({
        code: "ENGINE_FAILED",
        message: expect.stringContaining("slot unavailable") as string,
      }),
    );
});

it("LM Studio: blanks in the JSON, no counts at all, no [DONE]", () => {
  const text = `data: {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "a\\n"}, "finish_reason": null}]}\n\n`;
  const end = `data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n`;
  const { result } = decode("openai", text + text + text + end);
  expect(result.text).toBe("a\na\na\n");
  expect(result.finish).toEqual({
    reason: "end",
    counted: false,
    usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, reasoningTokens: 0 },
  });
  const failing = `event: error\ndata: {"error":{"message":"model crashed"},"message":"model crashed"}\n\n`;
  expect(() => decode("openai", text + failing)).toThrow(/model crashed/);
});

const call = (tool: object, more: object = {}): object => chunk({ tool_calls: [tool] }, more);

it("calls of tools: in fragments, whole in one chunk, numbered all alike, with a name that comes late", () => {
  const fragments = decode(
    "openai",
    sse(
      call({ index: 0, id: "a", type: "function", function: { name: "gauge", arguments: "" } }),
      call({ index: 0, function: { arguments: '{"x"' } }),
      call({ index: 0, function: { arguments: ":1" } }),
      call({ index: 0, id: null, function: { name: null, arguments: "}" } }),
      call({ index: 1, id: "b", type: "function", function: { name: "gauge", arguments: "{}" } }),
      chunk({}, { finish_reason: "tool_calls" }),
      "[DONE]",
    ),
  );
  expect(fragments.events.slice(0, -1)).toEqual([
    { kind: "tool-call", index: 0, id: "a", name: "gauge" },
    { kind: "tool-arguments", index: 0, json: '{"x"' },
    { kind: "tool-arguments", index: 0, json: ":1" },
    { kind: "tool-arguments", index: 0, json: "}" },
    { kind: "tool-call", index: 1, id: "b", name: "gauge" },
    { kind: "tool-arguments", index: 1, json: "{}" },
  ]);
  const repeated = decode(
    "openai",
    sse(
      call({ index: 0, id: "a", function: { name: "gauge", arguments: '{"x":' } }),
      call({ index: 0, id: "a", function: { name: "gauge", arguments: "1}" } }),
      call({ index: 0, id: "b", function: { name: "gauge", arguments: { y: 2 } } }),
      // OpenAI says "stop" where the one tool was named.
      chunk({}, { finish_reason: "stop" }),
      "[DONE]",
    ),
  );
  expect(repeated.result).toMatchObject({
    toolCalls: [
      { id: "a", name: "gauge", argumentsJson: '{"x":1}' },
      { id: "b", name: "gauge", argumentsJson: '{"y":2}' },
    ],
    finish: { reason: "tool-calls" },
  });
  const late = decode(
    "openai",
    sse(
      call({ index: 0, id: "a", function: { arguments: "{" } }),
      call({ index: 0, function: { name: "gauge", arguments: "}" } }),
      "[DONE]",
    ),
  );
  expect(late.result.toolCalls).toEqual([{ id: "a", name: "gauge", argumentsJson: "{}" }]);
  expect(() => decode("openai", sse(call({ index: 0, id: "a", function: {} }), "[DONE]"))).toThrow(
    /a call of a tool to have a name/,
  );
});

it("calls without ids get one each, and no two answers the same", () => {
  const line = (message: object, more: object = {}): string =>
    `${JSON.stringify({ model: "m", created_at: "2024-01-01T00:00:00.1Z", message, done: false, ...more })}\n`;
  const called = { function: { name: "gauge", arguments: { depth: 3 } } };
  const text =
    line({ role: "assistant", content: "", tool_calls: [called, called] }) +
    line({ role: "assistant", content: "" }, { done: true, done_reason: "stop" });
  const ids = [decode("ollama", text), decode("ollama", text)].flatMap(({ result }) => {
    expect(result.finish.reason).toBe("tool-calls");
    expect(result.toolCalls.map(({ name, argumentsJson }) => [name, argumentsJson])).toEqual([
      ["gauge", '{"depth":3}'],
      ["gauge", '{"depth":3}'],
    ]);
    return result.toolCalls.map(({ id }) => id);
  });
  expect(new Set(ids).size).toBe(4);
});

it("Ollama: dates that change, thinking, a last line without its line break, durations, an error", () => {
  const line = (second: number, rest: object): string =>
    JSON.stringify({ model: "m", created_at: `2024-01-01T00:00:0${second}.123456Z`, ...rest });
  const said = (content: string): object => ({ message: { role: "assistant", content }, done: false });
  const last = {
    message: { role: "assistant", content: "" },
    done: true,
    done_reason: "length",
    total_duration: 5e9,
    load_duration: 1e9,
    prompt_eval_count: 26,
    prompt_eval_duration: 1e9,
    eval_count: 2,
    eval_duration: 3e9,
  };
  const thought = { message: { role: "assistant", content: "", thinking: "hm" }, done: false };
  const lines = [
    line(0, thought),
    line(1, said("a")),
    line(2, said("b\n")),
    line(3, said("c")),
    line(4, last),
  ];
  expect(decode("ollama", lines.join("\n")).result).toEqual({
    text: "ab\nc",
    reasoning: "hm",
    toolCalls: [],
    finish: {
      reason: "length",
      usage: { inputTokens: 26, outputTokens: 2, cachedInputTokens: 0, reasoningTokens: 0 },
      timing: { totalMs: 5_000, loadMs: 1_000, promptMs: 1_000, generationMs: 3_000 },
    },
  });
  expect(() => decode("ollama", `${line(0, said("a"))}\n{"error":"an error was encountered"}\n`)).toThrow(
    expect.objectContaining({ code: "ENGINE_FAILED" }),
  );
  expect(
    decode("ollama", '{"model":"m","created_at":"x","done":true,"done_reason":"load"}\n').result.finish,
  ).toEqual(expect.objectContaining({ reason: "loaded" }));
});

it("Anthropic: pings, signatures, tools of the server's own, counts in two places, an unknown kind of event", () => {
  const named = (event: { readonly type: string }): string =>
    `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  const block = (index: number, start: object, ...deltas: readonly object[]): string =>
    [
      { type: "content_block_start", index, content_block: start },
      ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
      { type: "content_block_stop", index },
    ]
      .map(named)
      .join("");
  const usage = {
    input_tokens: 5,
    cache_creation_input_tokens: 2,
    cache_read_input_tokens: 10,
    output_tokens: 1,
  };
  const text = [
    named({ type: "message_start", message: { type: "message", content: [], usage } } as { type: string }),
    named({ type: "ping" }),
    block(
      0,
      { type: "thinking", thinking: "", signature: "" },
      { type: "thinking_delta", thinking: "h" },
      { type: "thinking_delta", thinking: "m" },
      { type: "signature_delta", signature: "xyz" },
    ),
    block(
      1,
      { type: "server_tool_use", id: "s", name: "web_search", input: {} },
      { type: "input_json_delta", partial_json: "{}" },
    ),
    block(
      2,
      { type: "text", text: "" },
      { type: "text_delta", text: "a" },
      { type: "text_delta", text: "b" },
    ),
    block(
      3,
      { type: "tool_use", id: "t", name: "gauge", input: {} },
      { type: "input_json_delta", partial_json: "" },
      { type: "input_json_delta", partial_json: '{"x"' },
      { type: "input_json_delta", partial_json: ":1}" },
    ),
    named({ type: "unheard_of" }),
    named({ type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 9 } } as {
      type: string;
    }),
    named({ type: "message_stop" }),
  ].join("");
  expect(decode("anthropic", text).result).toEqual({
    text: "ab",
    reasoning: "hm",
    toolCalls: [{ id: "t", name: "gauge", argumentsJson: '{"x":1}' }],
    finish: {
      reason: "tool-calls",
      usage: { inputTokens: 17, outputTokens: 9, cachedInputTokens: 10, reasoningTokens: 0 },
    },
  });
  const overloaded = `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n`;
  expect(() => decode("anthropic", overloaded)).toThrow(expect.objectContaining({ code: "NOT_READY" }));
});

it("whole answers: content in parts, arguments as an object or left out, a refusal, an error in any envelope", () => {
  const { openai } = chatDialects;
  const parse = (message: object, finish_reason: string | null): ChatResult =>
    openai.parseResponse(Buffer.from(JSON.stringify({ choices: [{ index: 0, message, finish_reason }] })));
  const content = [
    { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
    { type: "text", text: "a" },
  ];
  expect(parse({ content }, "stop")).toMatchObject({ text: "a", reasoning: "hm" });
  const tool_calls = [
    { id: "a", function: { name: "gauge", arguments: { x: 1 } } },
    { id: "b", function: { name: "gauge" } },
  ];
  expect(
    parse({ content: null, tool_calls }, "tool_calls").toolCalls.map((called) => called.argumentsJson),
  ).toEqual(['{"x":1}', "{}"]);
  expect(parse({ content: null, refusal: "no" }, null)).toMatchObject({
    text: "no",
    finish: { reason: "refusal" },
  });
  const say = (body: unknown): string | undefined => openai.parseError(Buffer.from(JSON.stringify(body)));
  expect(say({ error: { message: "full" } })).toBe("full");
  expect(say({ error: "full" })).toBe("full");
  expect(say({ object: "error", message: "full", code: 400 })).toBe("full");
  expect(say({ detail: [{ loc: ["body"] }] })).toBe('[{"loc":["body"]}]');
  expect(say([])).toBeUndefined();
});
