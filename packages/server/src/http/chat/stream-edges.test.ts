import { once } from "node:events";
import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { until } from "../../fixtures/http-user.ts";
import { collect, serveChat } from "./fixtures/serve-chat.ts";

/** A client that reads when it wants to. */
async function openStream(
  url: string,
  body: object,
  path = "/v1/chat/completions",
): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  const request = httpRequest(url + path, { method: "POST", agent: false });
  request.on("error", () => {});
  request.end(JSON.stringify({ model: "echo-chat", stream: true, ...body }));
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.on("error", () => {});
  return { request, response };
}

const say = (content: string) => [{ role: "user", content }];
const endless = (max_tokens: number) => ({
  messages: say("word ".repeat(500)),
  ignore_eos: true,
  max_tokens,
});

async function readAll(response: IncomingMessage): Promise<string> {
  return Buffer.concat((await collect(response)) as Buffer[]).toString();
}

describe("a stream", () => {
  it("is cancelled when its client leaves; one of a client that does not read is cut, and its job cancelled; others go on", async () => {
    await using weir = await serveChat({ spec: { contextTokens: 200_000 } });
    const leaving = await openStream(weir.url, endless(150_000));
    await once(leaving.response, "data");
    expect(weir.model.jobsHeld).toBe(1);
    leaving.request.destroy();
    await until(() => weir.model.jobsHeld === 0);

    const { request, response } = await openStream(weir.url, endless(150_000));
    const cut = new Promise((resolve) => response.once("close", resolve));
    response.pause();
    const { response: other } = await openStream(weir.url, { messages: say("a b c") });
    expect(await readAll(other)).toContain("data: [DONE]");
    await until(() => weir.model.jobsHeld === 0);
    response.resume();
    await cut;
    expect(response.complete).toBe(false);
    request.destroy();
  });

  it("tells its client that it goes on while the model reads, in each dialect's way", async () => {
    await using weir = await serveChat({
      chat: { promptTokensPerMs: 0.01 },
      timeouts: { pingMs: 20 },
    });
    const dialects = [
      ["/v1/chat/completions", { max_tokens: 1 }, ": ping\n\n"],
      ["/v1/messages", { max_tokens: 1 }, "event: ping\n"],
      ["/api/chat", {}, '"content":""},"done":false}\n'],
      ["/v1/completions", { prompt: "a b c" }, ": ping\n\n"],
    ] as const;
    const answers = dialects.map(async ([path, fields]) => {
      const { response } = await openStream(weir.url, { messages: say("a b c"), ...fields }, path);
      return readAll(response);
    });
    for (const [index, answer] of (await Promise.all(answers)).entries()) {
      const [, , ping] = dialects[index]!;
      expect(answer.split(ping).length, answer).toBeGreaterThan(3);
    }
    const openai = new OpenAI({ baseURL: `${weir.url}/v1`, apiKey: "none" });
    const chunks = await collect(
      await openai.chat.completions.create({
        model: "echo-chat",
        messages: [{ role: "user", content: "a b c" }],
        stream: true,
      }),
    );
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("a b c");
  });

  it("carries its headers, CORS ones too, and ends in order, on a kept connection and with its server", async () => {
    const weir = await serveChat({
      chat: { tokenGapMs: 20, failText: "bad" },
      security: { allowOrigins: ["https://a.example"] },
    });
    const ask = () =>
      fetch(`${weir.url}/v1/chat/completions`, {
        method: "POST",
        headers: { origin: "https://a.example", "x-request-id": "mine" },
        body: JSON.stringify({ model: "echo-chat", stream: true, messages: say("a b") }),
      });
    for (let turn = 0; turn < 2; turn++) {
      const answer = await ask();
      expect(answer.status).toBe(200);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "content-type": "text/event-stream",
        "cache-control": "no-cache",
        "x-request-id": "mine",
        "request-id": "mine",
        "access-control-allow-origin": "https://a.example",
      });
      expect(await answer.text()).toContain("[DONE]");
    }
    // As long as nothing of it is out, it is refused with a status.
    const answer = await fetch(`${weir.url}/v1/messages`, {
      method: "POST",
      body: JSON.stringify({ model: "echo-chat", stream: true, max_tokens: 9, messages: say("bad") }),
    });
    expect(answer.status).toBe(500);
    expect(answer.headers.get("x-should-retry")).toBe("false");
    expect(await answer.json()).toMatchObject({ type: "error", error: { type: "api_error" } });
    // A server that ends waits for it.
    const { response } = await openStream(weir.url, { messages: say("one two three four five") });
    await once(response, "readable");
    const closed = weir[Symbol.asyncDispose]();
    expect(await readAll(response)).toContain("[DONE]");
    await closed;
  });
});

describe("a replica that dies in mid-answer", () => {
  it("is told in each dialect's way, within the stream, or with a status that may be retried", async () => {
    await using weir = await serveChat({
      chat: { crashText: "boom", crashAfterTokens: 2, tokenGapMs: 5 },
    });
    const messages = say("one two boom four");
    const { response } = await openStream(weir.url, { messages });
    const openai = await readAll(response);
    expect(openai).toContain('"content":" two"');
    expect(openai.trim().split("\n\n").at(-1)).toMatch(
      /^data: \{"error":\{"message":".*"code":"replica_lost"/,
    );
    expect(openai).not.toContain("[DONE]");

    const client = new OpenAI({ baseURL: `${weir.url}/v1`, apiKey: "none", maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: "echo-chat",
      messages: [{ role: "user", content: "one two boom four" }],
      stream: true,
    });
    await expect(collect(stream)).rejects.toThrow(OpenAI.APIError);

    const { response: second } = await openStream(weir.url, { messages, max_tokens: 9 }, "/v1/messages");
    expect((await readAll(second)).trim().split("\n\n").at(-1)).toMatch(
      /^event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error"/,
    );
    const { response: third } = await openStream(weir.url, { messages }, "/api/chat");
    expect((await readAll(third)).trim().split("\n").at(-1)).toMatch(/^\{"error":"/);

    const whole = await fetch(`${weir.url}/v1/messages`, {
      method: "POST",
      body: JSON.stringify({ model: "echo-chat", max_tokens: 9, messages }),
    });
    expect(whole.status).toBe(529);
    expect(whole.headers.get("x-should-retry")).toBe("true");
  });
});
