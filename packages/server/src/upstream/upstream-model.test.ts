import { startMock } from "@weir/mock";
import { chatDialects } from "@weir/protocol";
import { describe, expect, test } from "vitest";
import { startScripted } from "../remote/fixtures/scripted-server.ts";
import { chat, openaiBody, openTestModel, pass, plainRequest } from "./fixtures/upstream-client.ts";

const fast = { ttftMs: 0, gapMs: 0, spin: false, chunks: 5 } as const;
const tool = {
  name: "weather",
  description: "",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

const bodies = {
  openai: openaiBody,
  anthropic: { model: "x", max_tokens: 50, messages: [{ role: "user", content: "Hello" }], stream: true },
  ollama: { model: "x", messages: [{ role: "user", content: "Hello" }] },
} as const;

describe.each(["openai", "anthropic", "ollama"] as const)("a server of the dialect %s", (dialect) => {
  test("has its bytes passed through, and its usage found in them", async () => {
    await using mock = await startMock(fast);
    await using model = await openTestModel([mock.url], {
      servers: [{ url: mock.url, dialect, model: "theirs" }],
    });
    const direct = await fetch(`${mock.url}${chatDialects[dialect].path}`, {
      method: "POST",
      body: JSON.stringify({ ...bodies[dialect], model: "theirs" }),
    });
    const expected = await direct.text();
    const got = await pass(model, bodies[dialect]);
    expect(got.error).toBeUndefined();
    expect(got.contentType).toBe(direct.headers.get("content-type"));
    expect(withoutNonce(got.text)).toBe(withoutNonce(expected));
    expect(got.done).toMatchObject({ inputTokens: expect.any(Number), outputTokens: 5 });
  });

  test("has an answer in one piece passed through", async () => {
    await using mock = await startMock(fast);
    await using model = await openTestModel([mock.url], { servers: [{ url: mock.url, dialect }] });
    const got = await pass(model, { ...bodies[dialect], stream: false, stream_options: undefined });
    const { text } = chatDialects[dialect].parseResponse(Buffer.from(got.text));
    expect(text.length).toBeGreaterThan(0);
    expect(got.done).toMatchObject({ outputTokens: 5 });
  });

  test("is translated, its tools, usage and end included", async () => {
    await using mock = await startMock({ ...fast, toolCalls: 1 });
    await using model = await openTestModel([mock.url], { servers: [{ url: mock.url, dialect }] });
    const plain = await chat(model);
    expect(plain.error).toBeUndefined();
    expect(plain.events.filter(({ kind }) => kind === "text")).toHaveLength(5);
    expect(plain.events.at(-1)).toMatchObject({
      kind: "finish",
      finish: { reason: "end", usage: { outputTokens: 5 } },
    });
    expect(plain.work).toMatchObject({ outputTokens: 5, inputTokens: expect.any(Number) });
    const calling = await chat(model, { tools: [tool] });
    expect(calling.events.at(-1)).toMatchObject({ finish: { reason: "tool-calls" } });
    expect(calling.events[0]).toMatchObject({ kind: "tool-call", name: "weather" });
    const json = calling.events.map((event) => (event.kind === "tool-arguments" ? event.json : "")).join("");
    expect(JSON.parse(json)).toHaveProperty("city");
  });
});

/** Answers differ in id and time. */
function withoutNonce(text: string): string {
  return text
    .replaceAll(/"(?:id|created_at)":\s*"[^"]*"/g, "")
    .replaceAll(/"(?:created|\w+_duration)":\s*\d+/g, "");
}

describe("what is found out by asking", () => {
  test("a server that lists models as OpenAI does is asked in that dialect, by the only model's name", async () => {
    await using server = await startScripted();
    server.answer = (response, { path }) => {
      if (path === "/v1/models")
        return void response.end(JSON.stringify({ object: "list", data: [{ id: "qwen", object: "model" }] }));
      response.end(JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }));
    };
    await using model = await openTestModel([server.url], { key: "s3cret" });
    expect(model.dialect).toBe("openai");
    await pass(model, { ...openaiBody, stream: false });
    const [probe, asked] = server.requests;
    expect(probe!.headers).toMatchObject({ authorization: "Bearer s3cret", "x-weir-via": "0".repeat(16) });
    expect(asked).toMatchObject({
      path: "/v1/chat/completions",
      headers: { authorization: "Bearer s3cret" },
    });
    expect(asked!.headers["accept-encoding"]).toBe("identity");
    expect(JSON.parse(asked!.body)).toMatchObject({ model: "qwen", messages: openaiBody["messages"] });
  });

  test("one that refuses as Anthropic does is asked with that API's key", async () => {
    await using server = await startScripted();
    server.answer = (response, { headers }) => {
      if (headers["x-api-key"] === "s3cret")
        return void response.end(JSON.stringify({ data: [{ type: "model", id: "claude" }] }));
      response.statusCode = 401;
      response.end(JSON.stringify({ type: "error", error: { type: "authentication_error", message: "no" } }));
    };
    await using model = await openTestModel([`${server.url}/v1`], { key: "s3cret" });
    expect(model.dialect).toBe("anthropic");
    expect(server.requests.at(-1)!.headers["anthropic-version"]).toBe("2023-06-01");
  });

  test("one that has only /api/tags is Ollama's", async () => {
    await using server = await startScripted();
    server.answer = (response, { path }) => {
      if (path === "/api/tags")
        return void response.end(JSON.stringify({ models: [{ name: "llama3:8b" }, { name: "x" }] }));
      response.statusCode = 404;
      response.end("404 page not found");
    };
    await using model = await openTestModel([server.url]);
    expect(model.dialect).toBe("ollama");
    expect(model.servers).toMatchObject([{ url: server.url, model: "chat", state: { kind: "ready" } }]);
  });

  test("an address says the API itself where it is that of a route", async () => {
    await using server = await startScripted();
    server.answer = (response) => void response.writeHead(404).end();
    await using model = await openTestModel([`${server.url}/gateway/v1/messages`]);
    expect(model.dialect).toBe("anthropic");
    expect(server.requests[0]!.path).toBe("/gateway/v1/models");
  });

  test("a key that is refused ends the start, and is in no message", async () => {
    await using server = await startScripted();
    server.answer = (response) => void response.writeHead(401).end('{"error":{"message":"bad key s3cret"}}');
    const opening = openTestModel([server.url], { key: "s3cret" });
    await expect(opening).rejects.toMatchObject({
      code: "REMOTE_REFUSED",
      message: expect.not.stringContaining("s3cret"),
    });
  });

  test("what speaks no such API is told apart from what is not there", async () => {
    await using server = await startScripted();
    server.answer = (response) => void response.end("<html>hello</html>");
    await expect(openTestModel([server.url])).rejects.toMatchObject({
      code: "REMOTE_REFUSED",
      message: expect.stringContaining("NAME=openai+URL"),
    });
    const { url } = server;
    await server[Symbol.asyncDispose]();
    await expect(openTestModel([url])).rejects.toMatchObject({ code: "REMOTE_FAILED" });
  });

  test("servers of one model that speak different APIs are refused", async () => {
    await using one = await startMock(fast);
    const servers = [
      { url: one.url, dialect: "openai" },
      { url: one.url, dialect: "ollama" },
    ] as const;
    await expect(openTestModel([], { servers })).rejects.toMatchObject({
      code: "REMOTE_REFUSED",
      message: expect.stringContaining("to speak one API"),
    });
  });
});

describe("tokens", () => {
  test("are counted by a server that has Anthropic's route for it", async () => {
    await using mock = await startMock(fast);
    await using model = await openTestModel([], { servers: [{ url: mock.url, dialect: "anthropic" }] });
    const counted = await model.countTokens(plainRequest, new AbortController().signal);
    const { work } = await chat(model);
    expect(counted).toBe(work!.inputTokens);
  });

  test("are not guessed where there is none", async () => {
    await using mock = await startMock(fast);
    await using model = await openTestModel([mock.url]);
    const counting = model.countTokens(plainRequest, new AbortController().signal);
    await expect(counting).rejects.toMatchObject({
      code: "INVALID_REQUEST",
      message: expect.stringContaining("counts no tokens"),
    });
  });
});
