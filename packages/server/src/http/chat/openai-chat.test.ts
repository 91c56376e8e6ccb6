import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect, echoModel, serveChat, type ServedChat } from "./fixtures/serve-chat.ts";

let weir: ServedChat;
let client: OpenAI;

beforeAll(async () => {
  weir = await serveChat({ models: [echoModel] });
  client = new OpenAI({ baseURL: `${weir.url}/v1`, apiKey: "none", maxRetries: 0 });
});
afterAll(() => weir[Symbol.asyncDispose]());

const say = (content: string) => [{ role: "user" as const, content }];
const gauge = {
  type: "function" as const,
  function: {
    name: "gauge",
    description: "reads the gauge",
    parameters: {
      type: "object",
      properties: { place: { type: "string" }, depth: { type: "integer" } },
      required: ["place", "depth"],
    },
  },
};

describe("the openai package chats", () => {
  it("on after hours of calls and their results", async () => {
    const turns = Array.from({ length: 600 }, (_, at) => [
      ...say(`What does gauge ${at} show?`),
      {
        role: "assistant" as const,
        content: null,
        tool_calls: [
          { id: `c${at}`, type: "function" as const, function: { name: "gauge", arguments: "{}" } },
        ],
      },
      { role: "tool" as const, tool_call_id: `c${at}`, content: "three feet" },
    ]);
    const messages = [...turns.flat(), ...say("the river holds water")];
    const answer = await client.chat.completions.create({ model: "echo-chat", messages, max_tokens: 4 });
    expect(answer.choices[0]?.message.content).toBeTruthy();
  });

  it("in one piece, with counts, cached ones too", async () => {
    const ask = () =>
      client.chat.completions.create({
        model: "echo-chat",
        messages: say("the river holds water"),
        prompt_cache_key: "counts",
      });
    const answer = await ask();
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-\w+$/),
      object: "chat.completion",
      model: "echo-chat",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "the river holds water", refusal: null },
          finish_reason: "stop",
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 4, total_tokens: 9 },
    });
    expect(answer).toHaveProperty("_request_id", expect.stringMatching(/^req_/));
    expect(answer.usage!.prompt_tokens_details!.cached_tokens).toBe(0);
    expect((await ask()).usage!.prompt_tokens_details!.cached_tokens).toBe(4);
  });

  it("as a stream: role, contents, reason, counts where asked", async () => {
    const stream = await client.chat.completions.create({
      model: "echo-chat",
      messages: say("a weir in the river"),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await collect(stream);
    expect(chunks[0]!.choices[0]!.delta).toEqual({ role: "assistant", content: "", refusal: null });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("a weir in the river");
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 6, completion_tokens: 5 } });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it("with tools, forced ones, whole and in fragments", async () => {
    const request = {
      model: "echo-chat",
      messages: say("how deep?"),
      tools: [gauge],
      tool_choice: "required" as const,
    };
    const { choices } = await client.chat.completions.create(request);
    expect(choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: null } });
    const [call] = choices[0]!.message.tool_calls!;
    if (call?.type !== "function") throw new TypeError("expected a call of a function");
    expect(call.function.name).toBe("gauge");
    expect(JSON.parse(call.function.arguments)).toEqual({ place: "example", depth: 1 });

    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    expect(streamed.choices[0]!.message.tool_calls).toMatchObject([
      { id: call.id, function: { name: "gauge", arguments: call.function.arguments } },
    ]);
    const named = { type: "function" as const, function: { name: "gauge" } };
    const again = await client.chat.completions.create({ ...request, tool_choice: named });
    expect(again.choices[0]!.finish_reason).toBe("tool_calls");
  });

  it("goes on after a tool's answer, and after a history that makes no sense", async () => {
    const messages = [
      ...say("how deep?"),
      {
        role: "assistant" as const,
        content: null,
        tool_calls: [
          { id: "c0", type: "function" as const, function: { name: "gauge", arguments: '{"depth' } },
        ],
      },
      { role: "tool" as const, tool_call_id: "c9", content: [{ type: "text" as const, text: "3 m" }] },
    ];
    const { choices } = await client.chat.completions.create({
      model: "echo-chat",
      messages,
      tools: [gauge],
    });
    expect(choices[0]!.message.content).toBe("3 m");
  });

  it("within limits: max_completion_tokens, stop, a JSON schema", async () => {
    const ask = async (fields: object) => {
      const request = { model: "echo-chat", messages: say("one two three four"), ...fields };
      return (await client.chat.completions.create(request)).choices[0]!;
    };
    expect(await ask({ max_completion_tokens: 2 })).toMatchObject({
      message: { content: "one two" },
      finish_reason: "length",
    });
    expect(await ask({ stop: "three" })).toMatchObject({ finish_reason: "stop" });
    const schema = { type: "object", properties: { a: { type: "boolean" } }, required: ["a"] };
    const format = { type: "json_schema", json_schema: { name: "s", schema } };
    expect((await ask({ response_format: format })).message.content).toBe('{"a":true}');
    expect((await ask({ response_format: { type: "json_object" } })).message.content).toBe("{}");
  });

  it("of what a model sees, by the first model that chats where none is named", async () => {
    const answer = await fetch(`${weir.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ messages: say("a") }),
    });
    expect(await answer.json()).toMatchObject({ model: "echo-chat" });
  });
});

describe("the openai package completes", () => {
  it("a text in one piece and as a stream", async () => {
    const request = { model: "echo-chat", prompt: "Once upon a time", max_tokens: 3 };
    expect(await client.completions.create(request)).toMatchObject({
      id: expect.stringMatching(/^cmpl-/),
      object: "text_completion",
      choices: [{ text: "Once upon a", index: 0, logprobs: null, finish_reason: "length" }],
      usage: { prompt_tokens: 4, completion_tokens: 3 },
    });
    const chunks = await collect(
      await client.completions.create({ ...request, stream: true, stream_options: { include_usage: true } }),
    );
    expect(chunks.map(({ choices }) => choices[0]?.text ?? "").join("")).toBe("Once upon a");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 7 } });
  });

  it.each([[["a", "b"]], [[1, 2]], [""], [undefined]])("no prompt like %j", async (prompt) => {
    await expect(client.completions.create({ model: "echo-chat", prompt: prompt as string })).rejects.toThrow(
      OpenAI.BadRequestError,
    );
  });
});

describe("the openai package is told", () => {
  const ask = (fields: object) =>
    client.chat.completions.create({ model: "echo-chat", messages: say("a"), ...fields });

  it.each([
    ["n", { n: 2 }],
    ["logprobs", { logprobs: true }],
    ["logit_bias", { logit_bias: { "5": -100 } }],
    ["frequency_penalty", { frequency_penalty: 0.5 }],
    ["modalities", { modalities: ["text", "audio"] }],
    ["functions", { functions: [{ name: "f", parameters: {} }] }],
    ["tool_choice", { tool_choice: "required" }],
    [
      "messages",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] }] },
    ],
    ["messages[0].content[0]", { messages: [{ role: "user", content: [{ type: "input_audio" }] }] }],
    ["temperature", { temperature: -1 }],
    ["response_format.type", { response_format: { type: "xml" } }],
  ])("what is not done here, with the field: %s", async (field, fields) => {
    await expect(ask(fields)).rejects.toMatchObject({ status: 400, param: field });
  });

  it.each([
    { n: 1 },
    { logprobs: false },
    { logit_bias: {} },
    { presence_penalty: 0 },
    { modalities: ["text"] },
  ])("nothing of what changes nothing: %j", async (fields) => {
    expect((await ask(fields)).choices).toHaveLength(1);
  });

  it("that a model is not there, is of another kind, or that the prompt is too long", async () => {
    await expect(ask({ model: "gpt-9" })).rejects.toThrow(OpenAI.NotFoundError);
    await expect(ask({ model: "echo" })).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('"echo" is an embedding model, not a chat model; served: echo-chat'),
    });
    await expect(ask({ messages: say("word ".repeat(9_000)) })).rejects.toMatchObject({
      status: 400,
      code: "context_length_exceeded",
    });
  });
});
