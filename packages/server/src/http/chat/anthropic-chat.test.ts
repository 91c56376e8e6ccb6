import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect, echoModel, serveChat, type ServedChat } from "./fixtures/serve-chat.ts";

let weir: ServedChat;
let client: Anthropic;

beforeAll(async () => {
  weir = await serveChat({ models: [echoModel] });
  client = new Anthropic({ baseURL: weir.url, apiKey: "none", maxRetries: 0 });
});
afterAll(() => weir[Symbol.asyncDispose]());

const request = (content: Anthropic.MessageParam["content"], fields: object = {}) => ({
  model: "echo-chat",
  max_tokens: 64,
  messages: [{ role: "user" as const, content }],
  ...fields,
});
const gauge = {
  name: "gauge",
  description: "reads the gauge",
  input_schema: {
    type: "object" as const,
    properties: { place: { type: "string" }, depth: { type: "integer" } },
    required: ["place", "depth"],
  },
};

describe("the Anthropic package chats", () => {
  it("in one piece; what came from a cache is no input token", async () => {
    const ask = () =>
      client.messages.create(request("the river holds water", { metadata: { user_id: "someone" } }));
    const answer = await ask();
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^msg_\w+$/),
      type: "message",
      role: "assistant",
      model: "echo-chat",
      content: [{ type: "text", text: "the river holds water" }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: {
        input_tokens: 5,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: 4,
      },
    });
    expect(answer).toHaveProperty("_request_id", expect.stringMatching(/^req_/));
    expect((await ask()).usage).toMatchObject({ input_tokens: 1, cache_read_input_tokens: 4 });
  });

  it("as a stream whose events come in order, each with its name", async () => {
    const events = await collect(await client.messages.create({ ...request("a weir"), stream: true }));
    expect(events.map(({ type }) => type)).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    const answer = await fetch(`${weir.url}/v1/messages`, {
      method: "POST",
      body: JSON.stringify({ ...request("a weir"), stream: true }),
    });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    const text = await answer.text();
    for (const frame of text.trim().split("\n\n")) {
      const [name, data] = frame.split("\n");
      expect(`event: ${(JSON.parse(data!.slice("data: ".length)) as { type: string }).type}`).toBe(name);
    }
    expect(text).toContain('event: message_start\ndata: {"type":"message_start"');
    expect(text).toContain('"usage":{"input_tokens":');
  });

  it("with forced tools, whose fragments are one JSON value, and gives results back", async () => {
    const stream = client.messages.stream(
      request("how deep?", { tools: [gauge], tool_choice: { type: "any" } }),
    );
    const answer = await stream.finalMessage();
    expect(answer.stop_reason).toBe("tool_use");
    expect(answer.content).toMatchObject([
      { type: "tool_use", name: "gauge", input: { place: "example", depth: 1 } },
    ]);
    const whole = await client.messages.create(
      request("how deep?", { tools: [gauge], tool_choice: { type: "tool", name: "gauge" } }),
    );
    expect(whole.content).toMatchObject(answer.content);
    const { id } = answer.content[0] as Anthropic.ToolUseBlock;
    const after = await client.messages.create({
      ...request(""),
      tools: [gauge],
      messages: [
        { role: "user", content: "how deep?" },
        { role: "assistant", content: answer.content },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: id, content: [{ type: "text", text: "3 m" }] }],
        },
      ],
    });
    expect(after.content).toMatchObject([{ type: "text", text: "3 m" }]);
  });

  it("until its tokens are out, or a text ends it, which it names", async () => {
    const content = "one two three four";
    expect(await client.messages.create(request(content, { max_tokens: 2 }))).toMatchObject({
      content: [{ text: "one two" }],
      stop_reason: "max_tokens",
    });
    expect(await client.messages.create(request(content, { stop_sequences: ["three"] }))).toMatchObject({
      stop_reason: "stop_sequence",
      stop_sequence: "three",
    });
  });

  it("leaves out a call that was cut off, rather than one with other arguments", async () => {
    const fields = { tools: [gauge], tool_choice: { type: "any" }, max_tokens: 2 };
    const answer = await client.messages.create(request("how deep?", fields));
    expect(answer).toMatchObject({ content: [], stop_reason: "max_tokens" });
  });

  it("with an answer that has a schema's form", async () => {
    const schema = { type: "object", properties: { a: { type: "boolean" } }, required: ["a"] };
    const format = { type: "json_schema" as const, schema };
    const answer = await client.messages.parse(request("x", { output_config: { format } }));
    expect(answer.content).toMatchObject([{ type: "text", text: '{"a":true}' }]);
    const later = client.messages.create(request("x", { output_config: { format: { type: "json" } } }));
    await expect(later).rejects.toThrow(/output_config\.format\.type: expected json_schema/);
  });

  it("counts tokens as messages then reports them", async () => {
    const asked = {
      system: "be brief",
      tools: [gauge],
      ...request([
        { type: "text", text: "the river" },
        { type: "text", text: "holds water" },
      ]),
    };
    const { max_tokens: _, ...counted } = asked;
    const { input_tokens } = await client.messages.countTokens(counted);
    const { usage } = await client.messages.create(asked);
    expect(usage.input_tokens + usage.cache_read_input_tokens!).toBe(input_tokens);
  });

  it("finds the beginning of a conversation again behind a billing line that changes", async () => {
    const ask = (version: number) =>
      client.messages.create(
        request("a", {
          metadata: { user_id: "billed" },
          system: [
            { type: "text", text: `x-anthropic-billing-header: v=${version}` },
            { type: "text", text: "be brief" },
          ],
        }),
      );
    await ask(1);
    expect((await ask(2)).usage.cache_read_input_tokens).toBe(4);
  });
});

describe("the Anthropic package is told", () => {
  it.each([
    ["tools[0].type", { tools: [{ type: "web_search_20250305", name: "web_search" }] }],
    ["mcp_servers", { mcp_servers: [{ type: "url", url: "http://a", name: "a" }] }],
    ["top_k", { top_k: 1.5 }],
    ["tool_choice", { tool_choice: { type: "any" } }],
    [
      "messages",
      {
        messages: [
          { role: "user", content: [{ type: "image", source: { data: "AA", media_type: "image/png" } }] },
        ],
      },
    ],
  ])("what is not done here, with the field: %s", async (field, fields) => {
    await expect(client.messages.create(request("a", fields))).rejects.toMatchObject({
      status: 400,
      error: {
        type: "error",
        error: { type: "invalid_request_error", message: expect.stringContaining(field) },
        request_id: expect.stringMatching(/^req_/),
      },
    });
  });

  it("that the prompt is too long, in the words that agent clients look for", async () => {
    await expect(client.messages.create(request("word ".repeat(9_000)))).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("prompt is too long"),
    });
  });

  it("that a model or a path is not there", async () => {
    await expect(client.messages.create({ ...request("a"), model: "claude" })).rejects.toThrow(
      Anthropic.NotFoundError,
    );
    await expect(client.post("/v1/nothing", { body: {} })).rejects.toMatchObject({
      status: 404,
      error: { type: "error", error: { type: "not_found_error" } },
    });
  });
});

describe("what the Anthropic package needs beside it", () => {
  it("is there: models, HEAD /, event logging", async () => {
    const models = await client.models.list();
    expect(models.data.map(({ id }) => id)).toEqual(["echo", "echo-chat"]);
    expect(await client.models.retrieve("echo-chat")).toMatchObject({ type: "model", id: "echo-chat" });
    expect((await fetch(weir.url, { method: "HEAD" })).status).toBe(200);
    const logged = await fetch(`${weir.url}/api/event_logging/batch`, {
      method: "POST",
      body: '{"events":[]}',
    });
    expect(logged.status).toBe(200);
  });
});
