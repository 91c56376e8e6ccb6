import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../fixtures/http-user.ts";
import { serveChat, type ServedChat } from "./fixtures/serve-chat.ts";

let weir: ServedChat;

beforeAll(async () => {
  weir = await serveChat({ chat: { tokenGapMs: 2 }, spec: { sequences: 1 }, limits: { jobs: 1 } });
});
afterAll(() => weir[Symbol.asyncDispose]());

const messages = [{ role: "user" as const, content: "one two" }];

function post(path: string, body: object, headers = {}, signal?: AbortSignal): Promise<Response> {
  const asked = JSON.stringify({ model: "echo-chat", messages, max_tokens: 9, ...body });
  return fetch(weir.url + path, { method: "POST", headers, body: asked, ...(signal && { signal }) });
}

describe("more chats than there is room for", () => {
  it("are refused with each dialect's status, and when to come again, before anything of a stream is out", async () => {
    const controller = new AbortController();
    const held: Promise<unknown>[] = [];
    for (const index of [1, 2]) {
      const endless = { stream: true, ignore_eos: true, max_tokens: 8_000 };
      const answer = post("/v1/chat/completions", endless, {}, controller.signal);
      held.push(answer.then((response) => response.text()).catch(() => {}));
      await until(() => weir.model.jobsHeld === index);
    }
    for (const [path, status] of [
      ["/v1/chat/completions", 503],
      ["/v1/messages", 529],
      ["/api/chat", 503],
    ] as const) {
      const refused = await post(path, { stream: true });
      expect(refused.status, path).toBe(status);
      expect(refused.headers.get("content-type")).toContain("application/json");
      expect(Number(refused.headers.get("retry-after-ms"))).toBeGreaterThan(0);
      expect(refused.headers.get("x-should-retry")).toBe("true");
    }
    const client = new Anthropic({ baseURL: weir.url, apiKey: "none", maxRetries: 0 });
    const asked = { model: "echo-chat", max_tokens: 9, messages, stream: true as const };
    await expect(client.messages.create(asked)).rejects.toMatchObject({
      status: 529,
      error: { error: { type: "overloaded_error" } },
    });
    controller.abort();
    await Promise.all(held);
    await until(() => weir.model.jobsHeld === 0);
  });

  it("end at the time that their client names: with a status where that is known ahead, else in the stream", async () => {
    const endless = { ignore_eos: true, max_tokens: 8_000 };
    const whole = await post("/v1/chat/completions", endless, { "x-request-timeout": "1s" });
    expect(whole.status).toBe(504);
    expect(await whole.json()).toMatchObject({ error: { code: "deadline_exceeded" } });
    // Longer than anybody could expect.
    const long = { messages: [{ role: "user", content: "word ".repeat(3_000) }], max_tokens: undefined };
    const body = { ...long, stream: true };
    const streamed = await post("/v1/chat/completions", body, { "x-request-timeout": "3s" });
    expect(streamed.status).toBe(200);
    expect(await streamed.text()).toMatch(/\n\ndata: \{"error":.*deadline_exceeded[^\n]*\n\n$/);
    const wrong = await post("/v1/messages", {}, { "x-request-class": "first" });
    expect(wrong.status).toBe(400);
  });
});
