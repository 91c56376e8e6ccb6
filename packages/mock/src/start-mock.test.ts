import { connect } from "node:net";
import OpenAI from "openai";
import { SseDecoder } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { startMock, type RunningMock } from "./index.ts";

const fast = { ttftMs: 0, gapMs: 0, spin: false };
const said = [{ role: "user", content: "measure the river" }];

function post(mock: RunningMock, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(`${mock.url}${path}`, {
    method: "POST",
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

const chat = (mock: RunningMock, more: object = {}, signal?: AbortSignal): Promise<Response> =>
  post(mock, "/v1/chat/completions", { messages: said, ...more }, signal);

/** Waits for what the mock notices by itself, such as that a client has left. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

describe("streams", () => {
  it.each([false, true])("have the chunks that were asked for, split: %s", async (split) => {
    await using mock = await startMock({ ...fast, chunks: 30, reasoningChunks: 2, tokensPerChunk: 3, split });
    const answer = await chat(mock, { stream: true, stream_options: { include_usage: true } });
    const events = new SseDecoder().push(new Uint8Array(await answer.arrayBuffer()));
    expect(events.at(-1)?.data).toBe("[DONE]");
    const deltas = events.slice(0, -2).map(({ data }) => JSON.parse(data).choices[0].delta as object);
    expect(deltas[0]).toEqual({ role: "assistant", content: "", refusal: null });
    expect(deltas.slice(1, 3).every((delta) => "reasoning_content" in delta)).toBe(true);
    expect(deltas.slice(3, -1).every((delta) => "content" in delta)).toBe(true);
    expect(deltas).toHaveLength(1 + 2 + 30 + 1);
    const { usage } = JSON.parse(events.at(-2)!.data) as { usage: { completion_tokens: number } };
    expect(usage.completion_tokens).toBe(96);
    expect(mock.log).toMatchObject({
      requests: 1,
      answered: 1,
      byStatus: { 200: 1 },
      chunks: 32,
      outputTokens: 96,
    });
    expect(mock.timing.firstTokenErrorMs.n + mock.timing.chunkErrorMs.n).toBe(32);
  });

  it("stop at the request's longest answer, and say so", async () => {
    await using mock = await startMock(fast);
    const { choices, usage } = (await (await chat(mock, { max_tokens: 7 })).json()) as OpenAI.ChatCompletion;
    expect(choices[0]?.finish_reason).toBe("length");
    expect(usage?.completion_tokens).toBe(7);
  });

  it("are the same text whole and in pieces", async () => {
    await using mock = await startMock({ ...fast, chunks: 40, split: true });
    const client = new OpenAI({ baseURL: `${mock.url}/v1`, apiKey: "none", maxRetries: 0 });
    const asked = { model: "m", messages: [{ role: "user" as const, content: "x" }] };
    const whole = await client.chat.completions.create(asked);
    let text = "";
    for await (const chunk of await client.chat.completions.create({ ...asked, stream: true }))
      text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(text).toContain("河");
  });

  it("are cut, or end with an error event, as often as told", async () => {
    await using cutting = await startMock({ ...fast, chunks: 10, cutRate: 1 });
    await expect(chat(cutting, { stream: true }).then((answer) => answer.text())).rejects.toThrow(
      /terminated/,
    );
    expect(cutting.log).toMatchObject({ requests: 1, cut: 1, answered: 0, chunks: 5 });
    await using failing = await startMock({ ...fast, chunks: 10, failRate: 1 });
    const text = await (await chat(failing, { stream: true })).text();
    expect(text).toContain('data: {"error"');
    expect(text).not.toContain("[DONE]");
    expect(failing.log).toMatchObject({ failedMidway: 1, chunks: 5 });
  });

  it("do the same for the same seed", async () => {
    const statuses = async (seed: number): Promise<number[]> => {
      await using mock = await startMock({ ...fast, errorRate: 0.3, seed });
      const all: number[] = [];
      for (let index = 0; index < 40; index += 1) {
        const answer = await chat(mock);
        await answer.arrayBuffer();
        all.push(answer.status);
      }
      const failed = all.filter((status) => status === 500).length;
      expect(mock.log.byStatus).toEqual({ 200: 40 - failed, 500: failed });
      return all;
    };
    const first = await statuses(7);
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await statuses(7)).toEqual(first);
    expect(await statuses(8)).not.toEqual(first);
  });
});

describe("slots", () => {
  const held = { ...fast, ttftMs: 60_000, slots: 1, queue: 1 };

  it("refuse above the queue in the dialect's way, with the time to wait", async () => {
    await using mock = await startMock(held);
    const leaving = new AbortController();
    const first = chat(mock, {}, leaving.signal).catch(() => "left");
    await until(() => mock.log.active === 1);
    const second = chat(mock, {}, leaving.signal).catch(() => "left");
    await until(() => mock.log.waiting === 1);
    const openai = await chat(mock);
    const anthropic = await post(mock, "/v1/messages", { model: "m", max_tokens: 1, messages: said });
    expect([openai.status, anthropic.status]).toEqual([503, 529]);
    expect(openai.headers.get("retry-after")).toBe("120");
    expect(await anthropic.json()).toMatchObject({ type: "error", error: { type: "overloaded_error" } });
    leaving.abort();
    expect(await Promise.all([first, second])).toEqual(["left", "left"]);
    await until(() => mock.log.active + mock.log.waiting === 0);
    const { requests, byStatus, leftWaiting, leftAnswering } = mock.log;
    // Who waited may get the slot of who left before its own hanging up is seen.
    expect({ requests, byStatus, left: leftWaiting + leftAnswering }).toEqual({
      requests: 4,
      byStatus: { 503: 1, 529: 1 },
      left: 2,
    });
  });

  it("answer 429 where told so", async () => {
    await using mock = await startMock({ ...held, queue: 0, refusalStatus: 429 });
    const leaving = new AbortController();
    const first = chat(mock, {}, leaving.signal).catch(() => "left");
    await until(() => mock.log.active === 1);
    const answer = await post(mock, "/v1/messages", { model: "m", max_tokens: 1, messages: said });
    expect(answer.status).toBe(429);
    expect(await answer.json()).toMatchObject({ error: { type: "rate_limit_error" } });
    leaving.abort();
    await first;
  });

  it("are never given to more than there are", async () => {
    await using mock = await startMock({ ...fast, slots: 2 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => chat(mock, { stream: true })));
    await Promise.all(answers.map((answer) => answer.text()));
    expect(mock.log).toMatchObject({ answered: 20, active: 0, waiting: 0 });
    expect(mock.log.mostActive).toBeLessThanOrEqual(2);
  });
});

describe("strain", () => {
  it("makes answers longer by what is under way when they begin, and they say so", async () => {
    await using mock = await startMock({
      ...fast,
      ttftMs: 2,
      gapMs: 1,
      chunks: 3,
      serviceMs: 60_000,
      slowdownRate: 1,
      cliff: { holds: 1, factor: 3 },
    });
    const ask = async (): Promise<number> => {
      const answer = await post(mock, "/api/chat", { model: "m", stream: false, messages: said });
      const { total_duration: totalNs } = (await answer.json()) as { total_duration: number };
      return totalNs / 1e6;
    };
    expect(await ask()).toBeCloseTo(2 * 4);
    const leaving = new AbortController();
    const held = post(mock, "/v1/embeddings", { input: "a" }, leaving.signal).catch(() => "left");
    await until(() => mock.log.active === 1);
    expect(await ask()).toBeCloseTo(2 * 3 * 4);
    leaving.abort();
    await held;
    await until(() => mock.log.active === 0);
    expect(await ask()).toBeCloseTo(2 * 4);
  });
});

describe("other routes", () => {
  it("embed alike in every dialect", async () => {
    await using mock = await startMock({ ...fast, dimensions: 8 });
    const openai = (await (await post(mock, "/v1/embeddings", { input: "a" })).json()) as {
      data: { embedding: number[] }[];
    };
    const vector = openai.data[0]!.embedding;
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(await (await post(mock, "/embed", { inputs: ["a"] })).json()).toEqual([vector]);
    expect(await (await post(mock, "/embed", { texts: ["a"] })).json()).toMatchObject({ vectors: [vector] });
    const ollama = await post(mock, "/api/embed", { model: "m", input: "a" });
    expect(await ollama.json()).toMatchObject({ embeddings: [vector] });
  });

  it("take uploads of any kind", async () => {
    await using mock = await startMock(fast);
    const form = new FormData();
    form.append("file", new Blob([new Uint8Array(100_000)]), "page.pdf");
    form.append("note", "x");
    const multipart = await fetch(`${mock.url}/upload`, { method: "POST", body: form });
    expect(await multipart.json()).toMatchObject({ parts: 2 });
    const plain = await fetch(`${mock.url}/upload`, { method: "POST", body: new Uint8Array(5) });
    expect(await plain.json()).toEqual({ bytes: 5, parts: 1 });
  });

  it("say how it is, in every dialect", async () => {
    await using mock = await startMock(fast);
    const read = async (path: string): Promise<string> => (await fetch(`${mock.url}${path}`)).text();
    expect(await read("/")).toBe("Ollama is running");
    expect(JSON.parse(await read("/health"))).toEqual({ status: "ok" });
    expect(JSON.parse(await read("/info"))).toMatchObject({ model_id: "mock", dim: 384 });
    expect(JSON.parse(await read("/v1/models"))).toMatchObject({ data: [{ id: "mock" }] });
    expect(JSON.parse(await read("/mock/log"))).toMatchObject({ requests: 0 });
    expect(JSON.parse(await read("/mock/timing"))).toMatchObject({ heldBack: 0 });
    expect((await fetch(`${mock.url}/nowhere`)).status).toBe(404);
  });

  it("count tokens as an answer does", async () => {
    await using mock = await startMock(fast);
    const body = { model: "m", messages: said, system: "be brief" };
    const counted = (await (await post(mock, "/v1/messages/count_tokens", body)).json()) as object;
    const answered = (await (await post(mock, "/v1/messages", { ...body, max_tokens: 2 })).json()) as {
      usage: { input_tokens: number };
    };
    expect(counted).toEqual({ input_tokens: answered.usage.input_tokens });
  });

  it("refuse what is no JSON, and outlive what is no HTTP", async () => {
    await using mock = await startMock(fast);
    const answer = await fetch(`${mock.url}/v1/chat/completions`, { method: "POST", body: "{" });
    expect(answer.status).toBe(400);
    await new Promise((resolve) => {
      const socket = connect(Number(new URL(mock.url).port), "127.0.0.1", () =>
        socket.end("not HTTP\r\n\r\n"),
      );
      socket.on("close", resolve).resume();
    });
    expect((await chat(mock)).status).toBe(200);
  });
});

describe("tool calls", () => {
  it("come for as many turns as told, with arguments that fit, then text", async () => {
    await using mock = await startMock({ ...fast, toolCalls: 2, chunks: 6 });
    const client = new OpenAI({ baseURL: `${mock.url}/v1`, apiKey: "none", maxRetries: 0 });
    const parameters = {
      type: "object",
      required: ["depth"],
      properties: { depth: { type: "integer", minimum: 3 }, unit: { enum: ["cm", "m"] } },
    };
    const tools = [{ type: "function" as const, function: { name: "gauge", parameters } }];
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "how deep?" }];
    for (let turn = 0; turn < 2; turn += 1) {
      const stream = client.chat.completions.stream({ model: "m", messages, tools });
      const { message, finish_reason: reason } = (await stream.finalChatCompletion()).choices[0]!;
      expect(reason).toBe("tool_calls");
      const [call] = message.tool_calls ?? [];
      if (call?.type !== "function") throw new Error("expected a function call");
      expect(call.function.name).toBe("gauge");
      expect(JSON.parse(call.function.arguments)).toEqual({ depth: 3, unit: "cm" });
      messages.push(message, { role: "tool", tool_call_id: call.id, content: "3 m" });
    }
    const last = await client.chat.completions.create({ model: "m", messages, tools });
    expect(last.choices[0]?.finish_reason).toBe("stop");
    expect(last.choices[0]?.message.content).toContain("weir");
  });
});

it("refuses options that make no sense, all at once", async () => {
  await expect(startMock({ ttftMs: -1, errorRate: 2 })).rejects.toThrow(
    /ttftMs: expected.*\nerrorRate: expected/,
  );
});

it("says that a port is taken", async () => {
  await using mock = await startMock(fast);
  const port = Number(new URL(mock.url).port);
  await expect(startMock({ port })).rejects.toMatchObject({ code: "PORT_IN_USE" });
});
