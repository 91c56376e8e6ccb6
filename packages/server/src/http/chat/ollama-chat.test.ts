import { Ollama } from "ollama";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect, echoModel, serveChat, type ServedChat } from "./fixtures/serve-chat.ts";

let weir: ServedChat;
let client: Ollama;

beforeAll(async () => {
  weir = await serveChat({ models: [echoModel] });
  client = new Ollama({ host: weir.url });
});
afterAll(() => weir[Symbol.asyncDispose]());

const say = (content: string) => [{ role: "user", content }];
const gauge = {
  type: "function",
  function: {
    name: "gauge",
    description: "reads the gauge",
    parameters: { type: "object", required: ["place"], properties: { place: { type: "string" } } },
  },
};
const post = (path: string, body: object) =>
  fetch(weir.url + path, { method: "POST", body: JSON.stringify(body) });

describe("the ollama package chats", () => {
  it("in one piece, with counts and whole nanoseconds", async () => {
    const answer = await client.chat({ model: "echo-chat:latest", messages: say("the river holds water") });
    expect(answer).toMatchObject({
      model: "echo-chat",
      message: { role: "assistant", content: "the river holds water" },
      done: true,
      done_reason: "stop",
      prompt_eval_count: 5,
      eval_count: 4,
    });
    for (const key of ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"] as const)
      expect(Number.isInteger(answer[key]), key).toBe(true);
    expect(answer.total_duration).toBeGreaterThan(0);
    expect(String(answer.created_at)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
  });

  it("as lines, which is what it does where nothing is said", async () => {
    const parts = await collect(
      await client.chat({ model: "echo-chat", messages: say("a weir here"), stream: true }),
    );
    expect(parts.map(({ message }) => message.content).join("")).toBe("a weir here");
    expect(parts.map(({ done }) => done)).toEqual([false, false, false, true]);
    const byDefault = await post("/api/chat", { model: "echo-chat", messages: say("a b") });
    expect(byDefault.headers.get("content-type")).toContain("application/x-ndjson");
    expect((await byDefault.text()).trim().split("\n")).toHaveLength(3);
  });

  it("with tools in the history, formats and options", async () => {
    const ask = async (fields: object) =>
      (await client.chat({ model: "echo-chat", messages: say("one two three"), ...fields })).message.content;
    expect(await ask({ options: { num_predict: 2, num_ctx: 512, top_k: 5 } })).toBe("one two");
    expect(await ask({ options: { stop: ["two"] } })).toBe("one");
    expect(await ask({ format: "json" })).toBe("{}");
    const format = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
    expect(await ask({ format })).toBe('{"a":1}');
    expect(await ask({ think: true, keep_alive: "5m" })).toBe("one two three");
    const messages = [
      ...say("how deep?"),
      {
        role: "assistant",
        content: "",
        tool_calls: [{ function: { name: "gauge", arguments: { place: "x" } } }],
      },
      { role: "tool", tool_name: "gauge", content: "3 m" },
    ];
    expect(await ask({ messages, tools: [gauge] })).toBe("3 m");
  });

  it("loads by no messages, and unloads", async () => {
    expect(await client.chat({ model: "echo-chat", messages: [] })).toMatchObject({
      message: { content: "" },
      done: true,
      done_reason: "load",
    });
    expect(await client.generate({ model: "echo-chat", prompt: "", keep_alive: 0 })).toMatchObject({
      response: "",
      done_reason: "unload",
    });
  });
});

describe("the ollama package generates", () => {
  it("from a prompt, with a system text, raw, as lines", async () => {
    const request = { model: "echo-chat", prompt: "once upon a time" };
    expect(await client.generate({ ...request, system: "be brief" })).toMatchObject({
      response: "once upon a time",
      done: true,
      prompt_eval_count: 8,
    });
    expect(await client.generate({ ...request, raw: true })).toMatchObject({ prompt_eval_count: 4 });
    const parts = await collect(await client.generate({ ...request, stream: true }));
    expect(parts.map(({ response }) => response).join("")).toBe("once upon a time");
    expect(parts.at(-1)).toMatchObject({ done: true, eval_count: 4 });
  });

  it.each([
    ["suffix", { suffix: "the end" }],
    ["template", { template: "{{ .Prompt }}" }],
    ["format", { format: "xml" }],
    ["logprobs", { logprobs: true }],
  ])("not what it cannot: %s", async (field, fields) => {
    await expect(client.generate({ model: "echo-chat", prompt: "a", ...fields })).rejects.toMatchObject({
      status_code: 400,
      message: expect.stringContaining(`${field}: expected`),
    });
  });
});

describe("the ollama package is told", () => {
  it("what is wrong: no such model, a prompt that is too long, images", async () => {
    const ask = (fields: object) => client.chat({ model: "echo-chat", messages: say("a"), ...fields });
    await expect(ask({ model: "llama3" })).rejects.toMatchObject({ status_code: 404 });
    await expect(ask({ messages: say("word ".repeat(9_000)) })).rejects.toMatchObject({ status_code: 400 });
    const images = [{ role: "user", content: "what is it?", images: ["AAAA"] }];
    await expect(ask({ messages: images })).rejects.toMatchObject({
      status_code: 400,
      message: expect.stringContaining("reads no images"),
    });
    await expect(ask({ model: "echo" })).rejects.toMatchObject({
      message: expect.stringContaining("Use POST /api/embed"),
    });
  });

  it("what there is", async () => {
    const names = (await client.list()).models.map(({ name }) => name);
    expect(names).toEqual(["echo", "echo-chat"]);
    expect((await client.ps()).models.map(({ name }) => name)).toContain("echo-chat");
    expect(await client.show({ model: "echo-chat" })).toMatchObject({
      capabilities: ["completion", "tools"],
      details: { format: "gguf", family: "echo" },
      model_info: { "general.architecture": "echo", "echo.context_length": 8_192 },
    });
  });
});
