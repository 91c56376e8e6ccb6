import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { chatDialects, type ChatDialectName, type ChatMessage } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { listen } from "../fixtures/listen.ts";
import { askChatOnce, type ChatQuestion } from "./ask-chat-once.ts";

const limits = { connectTimeoutMs: 5000, timeoutMs: 5000 };
const messages: readonly ChatMessage[] = [{ role: "user", parts: [{ kind: "text", text: "Hi" }] }];
const usage = { inputTokens: 9, outputTokens: 3, cachedInputTokens: 4, reasoningTokens: 0 };

function questionOf(changes: Partial<ChatQuestion> = {}): ChatQuestion {
  return { dialect: "openai", model: "m", stream: true, maxTokens: 3, messages, ...changes };
}

/** Says "abc" in the dialect whose path is asked. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const dialect = Object.values(chatDialects).find(({ path }) => path === request.url)!;
    const { delivery } = dialect.parseRequest(JSON.parse(Buffer.concat(chunks).toString()));
    const head = { id: "1", model: "m", createdAtMs: 0, inputTokens: 9, cachedInputTokens: 4 };
    const finish = { reason: "length", usage } as const;
    if (delivery.kind === "whole") {
      response.end(dialect.encodeResponse({ text: "abc", reasoning: "", toolCalls: [], finish }, head));
      return;
    }
    const encoder = dialect.createStreamEncoder(head, delivery);
    response.write(encoder.open());
    for (const text of ["a", "b", "c"]) response.write(encoder.encode({ kind: "text", text }));
    response.end(encoder.encode({ kind: "finish", finish }));
  });
}

describe("askChatOnce", () => {
  const cases = (["openai", "anthropic", "ollama"] as const).flatMap((dialect) =>
    [true, false].map((stream): [ChatDialectName, boolean] => [dialect, stream]),
  );
  it.each(cases)("reads what %s says, stream %s, with the server's counts", async (dialect, stream) => {
    await using server = await listen(http.createServer(answer));
    const reply = await askChatOnce(server.url, questionOf({ dialect, stream }), limits);
    // Only a stream has a first token before its end.
    expect(reply.kind === "answered" && reply.ttftMs !== null).toBe(stream);
    expect(reply).toMatchObject({
      kind: "answered",
      text: "abc",
      // Ollama has no word for what came from a cache.
      tokens: { input: 9, cached: dialect === "ollama" ? null : 4, output: 3 },
    });
  });

  it("says when a server that refuses wants to be asked again, and what it said", async () => {
    const refuse = (headers: Record<string, string>) =>
      http.createServer((_, response) => {
        response.writeHead(503, headers).end(JSON.stringify({ error: { message: "too busy" } }));
      });
    await using told = await listen(refuse({ "retry-after": "2" }));
    expect(await askChatOnce(told.url, questionOf(), limits)).toMatchObject({
      kind: "refused",
      status: 503,
      message: "too busy",
      retryAfterMs: 2000,
    });
    await using silent = await listen(refuse({}));
    expect(await askChatOnce(silent.url, questionOf(), limits)).toMatchObject({ retryAfterMs: null });
  });

  it("names what is no answer: a page, a stream that is cut, nobody there", async () => {
    await using page = await listen(http.createServer((_, response) => response.end("<html>hello</html>")));
    expect(await askChatOnce(page.url, questionOf(), limits)).toMatchObject({
      kind: "failed",
      failure: "wrong-answer",
    });
    const cut = http.createServer((_, response) =>
      response.end('data: {"choices":[{"delta":{"content":"a"}}]}\n\n'),
    );
    const cutting = await listen(cut);
    expect(await askChatOnce(cutting.url, questionOf(), limits)).toMatchObject({
      failure: "truncated-stream",
    });
    await cutting[Symbol.asyncDispose]();
    expect(await askChatOnce(cutting.url, questionOf(), limits)).toMatchObject({
      failure: "connect-refused",
    });
  });

  it("rejects with the signal's reason", async () => {
    await using server = await listen(http.createServer(() => {}));
    const signal = new AbortController();
    const asked = askChatOnce(server.url, questionOf(), { ...limits, signal: signal.signal });
    signal.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
  });
});
