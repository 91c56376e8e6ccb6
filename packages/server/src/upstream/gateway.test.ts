import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import { startMock } from "@weir/mock";
import { startServer, type RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { Ollama } from "ollama";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { startScripted } from "../remote/fixtures/scripted-server.ts";
import type { UpstreamDialect, UpstreamTarget } from "./upstream-target.ts";

const fast = { ttftMs: 0, gapMs: 0, spin: false, chunks: 5, toolCalls: 1 } as const;
const parameters = { type: "object" as const, properties: { city: { type: "string" } }, required: ["city"] };

function startGateway(upstream: UpstreamTarget): Promise<RunningServer> {
  return startWeir({ models: [{ name: "chat", upstream }] });
}

const hello = [{ role: "user" as const, content: "Hello" }];

test("a raw prompt is refused, not made a conversation", async () => {
  await using mock = await startMock(fast);
  await using weir = await startGateway({ servers: [{ url: mock.url }] });
  const client = new OpenAI({ baseURL: `${weir.url}/v1`, apiKey: "none", maxRetries: 0 });
  const asked = client.completions.create({ model: "chat", prompt: "once upon a time" });
  await expect(asked).rejects.toThrow(/^400 model chat .* takes no raw prompt\. Send messages/);
});

describe.each(["openai", "anthropic", "ollama"] as const)(
  "before a server of the dialect %s",
  (dialect: UpstreamDialect) => {
    test("OpenAI's client streams text, calls of tools and usage", async () => {
      await using mock = await startMock(fast);
      await using weir = await startGateway({ servers: [{ url: mock.url, dialect }] });
      const client = new OpenAI({ baseURL: `${weir.url}/v1`, apiKey: "none", maxRetries: 0 });
      const asked = { model: "chat", messages: hello } as const;
      const stream = client.chat.completions.stream({ ...asked, stream_options: { include_usage: true } });
      const final = await stream.finalChatCompletion();
      expect(final.choices[0]).toMatchObject({ finish_reason: "stop" });
      expect(final.usage).toMatchObject({ completion_tokens: 5 });
      const tools = [{ type: "function" as const, function: { name: "weather", parameters } }];
      const whole = await client.chat.completions.create({ ...asked, tools });
      expect(whole.choices[0]).toMatchObject({ finish_reason: "tool_calls" });
      const [call] = whole.choices[0]!.message.tool_calls!;
      expect(call).toMatchObject({ type: "function", function: { name: "weather" } });
    });

    test("Anthropic's client streams text, calls of tools and usage", async () => {
      await using mock = await startMock(fast);
      await using weir = await startGateway({ servers: [{ url: mock.url, dialect }] });
      const client = new Anthropic({ baseURL: weir.url, apiKey: "none", maxRetries: 0 });
      const asked = { model: "chat", max_tokens: 50, messages: hello };
      const final = await client.messages.stream(asked).finalMessage();
      expect(final).toMatchObject({ stop_reason: "end_turn", usage: { output_tokens: 5 } });
      expect(final.usage.input_tokens).toBeGreaterThanOrEqual(0);
      const tools = [{ name: "weather", input_schema: parameters }];
      const calling = await client.messages.stream({ ...asked, tools }).finalMessage();
      expect(calling.stop_reason).toBe("tool_use");
      expect(calling.content.at(-1)).toMatchObject({
        type: "tool_use",
        name: "weather",
        input: { city: expect.any(String) },
      });
    });

    test("Ollama's client streams text, calls of tools and counts", async () => {
      await using mock = await startMock(fast);
      await using weir = await startGateway({ servers: [{ url: mock.url, dialect }] });
      const client = new Ollama({ host: weir.url });
      let text = "";
      let last: { done: boolean; eval_count: number } | undefined;
      for await (const part of await client.chat({ model: "chat", messages: hello, stream: true })) {
        text += part.message.content;
        last = part;
      }
      expect(text).not.toBe("");
      expect(last).toMatchObject({ done: true, eval_count: 5 });
      const tool = { type: "function", function: { name: "weather", description: "", parameters } };
      const calling = await client.chat({ model: "chat", messages: hello, tools: [tool] });
      expect(calling.message.tool_calls?.[0]?.function).toMatchObject({ name: "weather" });
    });
  },
);

test.each([
  ["passed through", "/v1/chat/completions", /data: \{"error":/],
  ["translated for Anthropic's clients", "/v1/messages", /event: error\ndata: /],
  ["translated for Ollama's clients", "/api/chat", /\{"error":/],
])("an answer that dies while it is %s ends with the dialect's error", async (_how, path, error) => {
  await using mock = await startMock({ ...fast, chunks: 20, cutRate: 1 });
  await using weir = await startGateway({ servers: [{ url: mock.url, dialect: "openai" }] });
  const body = JSON.stringify({ model: "chat", max_tokens: 20, messages: hello, stream: true });
  const answer = await fetch(`${weir.url}${path}`, { method: "POST", body });
  const text = await answer.text();
  expect(answer.status).toBe(200);
  expect(
    text
      .trimEnd()
      .split(/\n\n|\n(?=\{)/)
      .at(-1),
  ).toMatch(error);
});

test("a server that is full is shown to clients as one, with its time", async () => {
  await using server = await startScripted();
  server.answer = (response, { path }) => {
    if (path === "/v1/models") response.end('{"object":"list","data":[]}');
    else response.writeHead(529, { "retry-after": "9" }).end('{"error":{"message":"overloaded"}}');
  };
  await using weir = await startGateway({ servers: [{ url: server.url }] });
  const ask = (path: string): Promise<Response> =>
    fetch(`${weir.url}${path}`, {
      method: "POST",
      body: JSON.stringify({ model: "chat", max_tokens: 9, messages: hello }),
    });
  const [openai, anthropic] = [await ask("/v1/chat/completions"), await ask("/v1/messages")];
  expect([openai.status, openai.headers.get("retry-after")]).toEqual([503, "9"]);
  expect([anthropic.status, anthropic.headers.get("retry-after")]).toEqual([529, "9"]);
});

test("the key is nowhere to be read, also not behind another gateway", async () => {
  await using mock = await startMock(fast);
  await using first = await startGateway({ servers: [{ url: mock.url }], key: "s3cret-key" });
  await using second = await startGateway({ servers: [{ url: first.url }] });
  const body = JSON.stringify({ model: "chat", messages: hello });
  const through = await fetch(`${second.url}/v1/chat/completions`, { method: "POST", body });
  expect(through.status).toBe(200);
  for (const path of ["/info", "/health", "/metrics", "/v1/models"]) {
    expect(await (await fetch(`${first.url}${path}`)).text()).not.toContain("s3cret");
  }
});

test("a gateway whose upstream is itself does not start, and says so at once", async () => {
  const holder = createServer();
  holder.listen(0, "127.0.0.1");
  await once(holder, "listening");
  const { port } = holder.address() as AddressInfo;
  holder.close();
  await once(holder, "close");
  const servers = [{ url: `http://127.0.0.1:${port}` }];
  await using weir = await startServer({
    models: [{ name: "chat", upstream: { servers } }],
    port,
    version: "0",
  });
  await expect(weir.ready).rejects.toMatchObject({ code: "LOOP_DETECTED" });
});
