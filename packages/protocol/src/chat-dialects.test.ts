import { describe, expect, it } from "vitest";
import type { ChatEvent, ChatFinish, ChatRequest, ChatResult } from "./canonical/chat.ts";
import type { ChatDialect } from "./canonical/chat-dialect.ts";
import { WeirError } from "./canonical/weir-error.ts";
import { chatDialects } from "./chat-dialects.ts";
import { NdjsonDecoder } from "./ndjson/ndjson-decoder.ts";
import { SseDecoder } from "./sse/sse-decoder.ts";

const head = { id: "7", model: "m", createdAtMs: 1_700_000_000_250, inputTokens: 9, cachedInputTokens: 4 };
const usage = { inputTokens: 9, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 1 };
const timing = { totalMs: 12.5, loadMs: 0, promptMs: 2.5, generationMs: 10 };
const finish: ChatFinish = { reason: "tool-calls", usage, timing };
const events: readonly ChatEvent[] = [
  { kind: "reasoning", text: "hm" },
  { kind: "text", text: 'a "河"\n' },
  { kind: "text", text: "b" },
  { kind: "tool-call", index: 0, id: "c0", name: "gauge" },
  { kind: "tool-arguments", index: 0, json: '{"depth"' },
  { kind: "tool-arguments", index: 0, json: ":3}" },
  { kind: "tool-call", index: 1, id: "c1", name: "stop" },
  { kind: "finish", finish },
];

type Json = Record<string, unknown>;

function stream(dialect: ChatDialect, usageAsked = true): Buffer {
  const encoder = dialect.createStreamEncoder(head, { usage: usageAsked });
  return Buffer.concat([encoder.open(), ...events.map((event) => encoder.encode(event))]);
}

const readSse = (bytes: Uint8Array) => new SseDecoder().push(bytes);
const readLines = (bytes: Uint8Array) =>
  new NdjsonDecoder().push(bytes).map((line) => JSON.parse(line) as Json);

describe("an OpenAI stream", () => {
  it("has role, content, calls by index, the reason, the counts, [DONE]", () => {
    const read = readSse(stream(chatDialects.openai));
    expect(read.at(-1)?.data).toBe("[DONE]");
    const chunks = read.slice(0, -1).map(({ data }) => JSON.parse(data) as Json);
    const choices = chunks.map((chunk) => (chunk["choices"] as Json[])[0]);
    expect(choices.slice(0, -1).map((choice) => choice?.["delta"])).toEqual([
      { role: "assistant", content: "", refusal: null },
      { reasoning_content: "hm" },
      { content: 'a "河"\n' },
      { content: "b" },
      { tool_calls: [{ index: 0, id: "c0", type: "function", function: { name: "gauge", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"depth"' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ":3}" } }] },
      { tool_calls: [{ index: 1, id: "c1", type: "function", function: { name: "stop", arguments: "" } }] },
      {},
    ]);
    expect(choices.map((choice) => choice?.["finish_reason"] ?? null)).toEqual([
      ...Array.from({ length: 8 }, () => null),
      "tool_calls",
      null,
    ]);
    expect(chunks.slice(0, -1).every((chunk) => chunk["usage"] === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 },
    });
  });

  it("has no counts unless asked, and the role in the first token where told so", () => {
    expect(stream(chatDialects.openai, false).toString()).not.toContain("usage");
    const encoder = chatDialects.openai.createStreamEncoder(head, { usage: false, roleOnlyDelta: false });
    expect(encoder.open()).toHaveLength(0);
    expect(Buffer.from(encoder.encode({ kind: "text", text: "a" })).toString()).toContain(
      '"delta":{"role":"assistant","content":"a"}',
    );
    expect(Buffer.from(encoder.encode({ kind: "text", text: "b" })).toString()).not.toContain("role");
  });
});

describe("an Anthropic stream", () => {
  it("has its events in order, a block for each kind and call", () => {
    const read = readSse(stream(chatDialects.anthropic)).map(({ event, data }) => {
      const json = JSON.parse(data) as Json;
      expect(json["type"]).toBe(event);
      return json;
    });
    const names = read.map((json) => String(json["type"]).replace("content_block_", ""));
    expect(names.join(" ")).toBe(
      "message_start ping start delta stop start delta delta stop start delta delta stop start stop message_delta message_stop",
    );
    expect(read.flatMap((json) => json["content_block"] ?? [])).toEqual([
      { type: "thinking", thinking: "", signature: "" },
      { type: "text", text: "" },
      { type: "tool_use", id: "c0", name: "gauge", input: {} },
      { type: "tool_use", id: "c1", name: "stop", input: {} },
    ]);
    expect(read[0]).toMatchObject({
      message: { usage: { input_tokens: 5, cache_read_input_tokens: 4, cache_creation_input_tokens: 0 } },
    });
    expect(read.at(-2)).toMatchObject({ delta: { stop_reason: "tool_use" }, usage: { output_tokens: 5 } });
  });
});

describe("an Ollama stream", () => {
  it("has calls whole on one line, and durations in nanoseconds on the last", () => {
    const lines = readLines(stream(chatDialects.ollama));
    const messages = lines.map((line) => line["message"]);
    expect(messages).toMatchObject([
      { thinking: "hm" },
      { content: 'a "河"\n' },
      { content: "b" },
      { tool_calls: [{ function: { name: "gauge", arguments: { depth: 3 } } }] },
      { tool_calls: [{ function: { name: "stop", arguments: {} } }] },
      { content: "" },
    ]);
    expect(lines.map((line) => line["done"])).toEqual([false, false, false, false, false, true]);
    expect(lines.at(-1)).toMatchObject({
      created_at: "2023-11-14T22:13:20.250Z",
      done_reason: "stop",
      total_duration: 12_500_000,
      prompt_eval_duration: 2_500_000,
      eval_count: 5,
      prompt_eval_count: 9,
    });
    const generated = readLines(stream(chatDialects["ollama-generate"]));
    expect(generated[1]).toMatchObject({ response: 'a "河"\n', done: false });
  });
});

it("a stream that fails midway ends with the dialect's error", () => {
  const error = new WeirError("QUEUE_FULL", "full");
  const fail = (dialect: ChatDialect): Uint8Array =>
    dialect.createStreamEncoder(head, { usage: false }).fail(error, "r");
  expect(JSON.parse(readSse(fail(chatDialects.openai))[0]!.data)).toMatchObject({
    error: { message: "full" },
  });
  const [anthropic] = readSse(fail(chatDialects.anthropic));
  expect(anthropic?.event).toBe("error");
  expect(JSON.parse(anthropic!.data)).toMatchObject({ error: { type: "overloaded_error" }, request_id: "r" });
  expect(readLines(fail(chatDialects.ollama))).toEqual([{ error: "full" }]);
});

const request: ChatRequest = {
  model: "m",
  messages: [
    { role: "system", text: "be brief" },
    {
      role: "user",
      parts: [
        { kind: "text", text: "how deep?" },
        { kind: "image", url: "data:image/png;base64,AAAA" },
      ],
    },
    {
      role: "assistant",
      text: "",
      reasoning: "",
      toolCalls: [{ id: "call_0", name: "gauge", argumentsJson: '{"depth":3}' }],
    },
    { role: "tool", callId: "call_0", text: "3 m" },
  ],
  tools: [{ name: "gauge", description: "reads it", parameters: { type: "object" } }],
  toolChoice: { kind: "auto" },
  maxTokens: 64,
  temperature: 0,
  topP: 0.5,
  seed: undefined,
  stop: ["\n"],
  ignoreEos: false,
};

describe("requests", () => {
  it.each(["openai", "anthropic", "ollama"] as const)("of %s say what was asked, both ways", (name) => {
    const dialect = chatDialects[name];
    for (const delivery of [{ kind: "whole" }, { kind: "stream", usage: true }] as const) {
      const body = JSON.parse(Buffer.from(dialect.encodeRequest(request, delivery)).toString()) as unknown;
      const read = dialect.parseRequest(body);
      // Ollama does not say what kind of image it is.
      const json = JSON.stringify(read.request).replace("data:;base64", "data:image/png;base64");
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(request)));
      expect(read.delivery).toEqual(delivery);
    }
  });

  it.each(["openai", "anthropic", "ollama"] as const)("of %s keep what bounds the answer", (name) => {
    const schema = { type: "object", properties: { depth: { type: "integer" } } };
    const bounded: ChatRequest = { ...request, topK: 5, responseFormat: { kind: "json-schema", schema } };
    const dialect = chatDialects[name];
    const body = JSON.parse(
      Buffer.from(dialect.encodeRequest(bounded, { kind: "whole" })).toString(),
    ) as Json;
    expect(dialect.parseRequest(body).request).toMatchObject({
      topK: 5,
      responseFormat: { kind: "json-schema", schema },
    });
  });

  it.each(["openai", "anthropic"] as const)("of %s may ask for one call at a time", (name) => {
    const dialect = chatDialects[name];
    const one = { ...request, parallelToolCalls: false };
    const body = JSON.parse(Buffer.from(dialect.encodeRequest(one, { kind: "whole" })).toString()) as Json;
    expect(dialect.parseRequest(body).request).toMatchObject({
      toolChoice: { kind: "auto" },
      parallelToolCalls: false,
    });
  });

  it("that an API cannot put are refused, not cut", () => {
    const json: ChatRequest = { ...request, responseFormat: { kind: "json" } };
    expect(() => chatDialects.anthropic.encodeRequest(json, { kind: "whole" })).toThrow(/without a schema/);
    const one: ChatRequest = { ...request, parallelToolCalls: false };
    expect(() => chatDialects.ollama.encodeRequest(one, { kind: "whole" })).toThrow(/one call at a time/);
  });

  it("of Anthropic name a schema as output_config.format, or output_format", () => {
    const schema = { type: "object" };
    const body = { model: "m", max_tokens: 1, messages: [{ role: "user", content: "x" }] };
    const read = (more: Json): unknown =>
      chatDialects.anthropic.parseRequest({ ...body, ...more }).request.responseFormat;
    const format = { type: "json_schema", schema };
    expect(read({ output_config: { format } })).toEqual({ kind: "json-schema", schema });
    expect(read({ output_format: format })).toEqual({ kind: "json-schema", schema });
    expect(read({ output_config: { effort: "low", format: null } })).toBeUndefined();
    expect(() => read({ output_config: { format: { type: "yaml" } } })).toThrow(
      /output_config\.format\.type/,
    );
  });

  it("of /api/generate hold one prompt; an empty one only loads", () => {
    const dialect = chatDialects["ollama-generate"];
    expect(() => dialect.encodeRequest(request, { kind: "whole" })).toThrow(/one message of a user/);
    const one = { ...request, messages: request.messages.slice(0, 2), tools: [] };
    const body = JSON.parse(Buffer.from(dialect.encodeRequest(one, { kind: "whole" })).toString()) as Json;
    expect(body).toMatchObject({ prompt: "how deep?", system: "be brief", images: ["AAAA"], stream: false });
    expect(dialect.parseRequest({ model: "m" })).toMatchObject({
      request: { messages: [] },
      delivery: { kind: "stream" },
    });
  });

  it.each([
    ["openai", { messages: [] }, "messages"],
    ["openai", { messages: [{ role: "robot", content: "x" }] }, "messages[0].role"],
    ["openai", { messages: [{ role: "user", content: 3 }] }, "messages[0].content"],
    ["openai", { messages: [{ role: "user", content: "x" }], max_tokens: 0 }, "max_tokens"],
    ["anthropic", { model: "m", messages: [{ role: "user", content: "x" }] }, "max_tokens"],
    ["anthropic", { model: "m", max_tokens: 1, messages: [{ role: "tool" }] }, "messages[0].role"],
    ["ollama", { messages: [{ role: "user", content: "x" }] }, "model"],
  ] as const)("of %s that make no sense name the field: %j", (name, body, field) => {
    expect(() => chatDialects[name].parseRequest(body)).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", field }),
    );
  });

  it("of Anthropic lose the line about billing, and results of tools become messages", () => {
    const { request } = chatDialects.anthropic.parseRequest({
      model: "m",
      max_tokens: 1,
      system: [
        { type: "text", text: "x-anthropic-billing-header: v=1" },
        { type: "text", text: "be brief" },
      ],
      messages: [
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "3 m" }] },
            { type: "text", text: "so?" },
          ],
        },
      ],
    });
    expect(request.messages).toEqual([
      { role: "system", text: "be brief" },
      { role: "tool", callId: "t", text: "3 m" },
      { role: "user", parts: [{ kind: "text", text: "so?" }] },
    ]);
  });
});

it("whole answers hold text, reasoning, calls and counts", () => {
  const toolCalls = [{ id: "c0", name: "gauge", argumentsJson: '{"depth":3}' }];
  const result: ChatResult = { text: "a", reasoning: "hm", toolCalls, finish };
  const read = (dialect: ChatDialect): unknown =>
    JSON.parse(Buffer.from(dialect.encodeResponse(result, head)).toString());
  expect(read(chatDialects.openai)).toMatchObject({
    object: "chat.completion",
    choices: [{ message: { content: "a", reasoning_content: "hm" }, finish_reason: "tool_calls" }],
  });
  expect(read(chatDialects.anthropic)).toMatchObject({
    content: [{ type: "thinking" }, { type: "text", text: "a" }, { type: "tool_use", input: { depth: 3 } }],
    stop_reason: "tool_use",
  });
  expect(read(chatDialects.ollama)).toMatchObject({ message: { content: "a" }, done: true, eval_count: 5 });
});
