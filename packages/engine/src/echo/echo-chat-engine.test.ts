import { type ChatEvent, type ChatRequest, createChatRequest } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import type { ChatEngine, ChatModelSpec } from "../chat-engine.ts";
import { createChatEngine } from "./echo-chat-engine.ts";

const { signal } = new AbortController();

function toRequest(text: string, more: Partial<ChatRequest> = {}): ChatRequest {
  return createChatRequest([{ role: "user", parts: [{ kind: "text", text }] }], more);
}

const start = (options: ChatModelSpec["options"] & object = {}, spec: Partial<ChatModelSpec> = {}) =>
  createChatEngine({ path: "/", options, ...spec }, signal);

async function ask(engine: ChatEngine, request: ChatRequest): Promise<{ text: string; reason: string }> {
  const events: ChatEvent[] = [];
  const agent = { keyId: "key", id: undefined };
  await engine.chat({ request, agent, rank: 0 }, { onEvents: (more) => events.push(...more) }, signal);
  const last = events.at(-1);
  const text = events.map((event) =>
    event.kind === "text" ? event.text : event.kind === "tool-arguments" ? event.json : "",
  );
  return { text: text.join(""), reason: last?.kind === "finish" ? last.finish.reason : "none" };
}

describe("the echo chat engine", () => {
  it("answers with the last message, and ends for every reason that there is", async () => {
    await using engine = await start({}, { contextTokens: 8 });
    expect(await ask(engine, toRequest("one two three"))).toEqual({ text: "one two three", reason: "end" });
    expect(await ask(engine, toRequest("one two", { maxTokens: 1 }))).toEqual({
      text: "one",
      reason: "length",
    });
    const stopped = toRequest("one two three", { stop: ["two"] });
    expect(await ask(engine, stopped)).toEqual({ text: "one", reason: "stop-sequence" });
    const endless = toRequest("one", { ignoreEos: true, maxTokens: 3 });
    expect(await ask(engine, endless)).toEqual({ text: "one one one", reason: "length" });
    expect(await ask(engine, toRequest("a b c d e f"))).toEqual({ text: "a", reason: "context-full" });
  });

  it("calls the tool that it must call, with values that its schema allows", async () => {
    await using engine = await start();
    const parameters = {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer" }, more: { type: "string" } },
      required: ["city", "days"],
    };
    const tools = [{ name: "weather", description: "", parameters }];
    const called = await ask(engine, toRequest("hi", { tools, toolChoice: { kind: "any" } }));
    expect(called).toEqual({ text: '{"city":"example","days":1}', reason: "tool-calls" });
    const cut = await ask(engine, toRequest("hi", { tools, toolChoice: { kind: "any" }, maxTokens: 2 }));
    expect(cut.reason).toBe("length");
    const schema = { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"] };
    const shaped = toRequest("hi", { responseFormat: { kind: "json-schema", schema } });
    expect((await ask(engine, shaped)).text).toBe('{"ok":true}');
  });

  it("computes as many at once as it has sequences, those of a lower rank first", async () => {
    await using engine = await start({ tokenGapMs: 1 }, { sequences: 1 });
    const order: number[] = [];
    const chat = async (rank: number): Promise<void> => {
      const job = { request: toRequest("a b c"), agent: { keyId: "", id: undefined }, rank };
      await engine.chat(job, { onEvents: () => {} }, signal);
      order.push(rank);
    };
    await Promise.all([chat(1), chat(2), chat(0)]);
    expect(order).toEqual([1, 0, 2]);
  });

  it("goes on with the conversation of the key whose beginning it knows", async () => {
    await using engine = await start();
    const turn = async (keyId: string, text: string): Promise<number> => {
      const job = { request: toRequest(text), agent: { keyId, id: undefined }, rank: 0 };
      return (await engine.chat(job, { onEvents: () => {} }, signal)).cachedInputTokens;
    };
    expect(await turn("key", "one two")).toBe(0);
    expect(await turn("key", "one two three")).toBe(3);
    expect(await turn("other", "one two three")).toBe(0);
    expect(engine.stats).toMatchObject({ hotAgents: 2, reusedTokens: 3 });
    expect(engine.listAgents("other")).toHaveLength(1);
  });
});
