import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { startMock } from "@weir/mock";
import type { ChatDialectName, ChatEvent } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { createClient } from "../create-client.ts";

interface Server extends AsyncDisposable {
  readonly url: string;
}

async function serve(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const said = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
const whole = `${said("a")}${said("b", "stop")}data: [DONE]\n\n`;
const sse = { "content-type": "text/event-stream" };
const refuses = (code: string, message: string | RegExp = ""): unknown =>
  expect.objectContaining({
    code,
    message: message instanceof RegExp ? expect.stringMatching(message) : expect.stringContaining(message),
  });

const quick = { ttftMs: 0, gapMs: 0, chunks: 5, spin: false };

describe.each<ChatDialectName>(["openai", "anthropic", "ollama", "ollama-generate"])("in %s", (dialect) => {
  it("streams events, and gives the same whole", async () => {
    await using mock = await startMock({ ...quick, reasoningChunks: 2 });
    const client = createClient({ url: mock.url, model: "m" });
    const input = { messages: "how deep?", maxTokens: 7 };
    const events: ChatEvent[] = [];
    for await (const event of client.chat(input, { dialect })) events.push(event);
    expect(events.filter(({ kind }) => kind === "text")).toHaveLength(5);
    expect(events.some(({ kind }) => kind === "reasoning")).toBe(true);
    const text = events.map((event) => (event.kind === "text" ? event.text : "")).join("");
    const reply = await client.chat(input, { dialect }).result();
    expect(reply.text).toBe(text);
    expect(reply.usage?.outputTokens).toBeGreaterThan(0);
    expect(await client.chat(input, { dialect, stream: false }).text()).toBe(text);
  });
});

it.each<ChatDialectName>(["openai", "anthropic", "ollama"])("gives calls of tools in %s", async (dialect) => {
  await using mock = await startMock({ ...quick, toolCalls: 1 });
  const client = createClient({ url: mock.url, model: "m" });
  const tools = [
    { name: "gauge", parameters: { type: "object", properties: { depth: { type: "integer" } } } },
  ];
  const { toolCalls, finish } = await client
    .chat({ messages: "?", tools, maxTokens: 50 }, { dialect })
    .result();
  expect(toolCalls[0]).toMatchObject({ name: "gauge", id: expect.stringMatching(/./) as string });
  expect(JSON.parse(toolCalls[0]!.argumentsJson)).toBeTypeOf("object");
  expect(finish.reason).toBe("tool-calls");
});

it("leaving the loop ends the request, and so does a signal, also between events", async () => {
  const closed: Promise<void>[] = [];
  await using server = await serve((_, response) => {
    closed.push(new Promise((resolve) => void response.once("close", resolve)));
    response.writeHead(200, sse).write(said("a"));
  });
  const client = createClient({ url: server.url });
  for await (const event of client.chat("?")) {
    expect(event).toEqual({ kind: "text", text: "a" });
    break;
  }
  await closed[0];
  const leaving = new AbortController();
  const answer = client.chat("?", { signal: leaving.signal });
  await expect(
    (async () => {
      for await (const { kind } of answer) if (kind === "text") leaving.abort();
    })(),
  ).rejects.toThrow(refuses("CANCELLED"));
  await closed[1];
});

it("tries again what was refused before an answer began, as long as told, and tells whose it is", async () => {
  const requests: IncomingMessage["headers"][] = [];
  await using server = await serve((request, response) => {
    requests.push(request.headers);
    if (requests.length === 1) response.writeHead(429, { "retry-after-ms": "1" }).end();
    else if (requests.length === 2) response.writeHead(529, { "retry-after-ms": "1" }).end("{}");
    else response.writeHead(200, sse).end(whole);
  });
  const client = createClient({ url: server.url, apiKey: "k", retries: 2 });
  const options = {
    dialect: "openai",
    agentId: "otter",
    requestClass: "interactive",
    timeoutMs: 60_000,
  } as const;
  expect(await client.chat("?", options).text()).toBe("ab");
  expect(requests).toHaveLength(3);
  expect(requests[2]).toMatchObject({
    "x-agent-id": "otter",
    "x-request-class": "interactive",
    authorization: "Bearer k",
    "x-stainless-retry-count": "2",
    "x-request-timeout": expect.stringMatching(/^(60|59)\./) as string,
  });
});

it("never tries again once an answer has begun", async () => {
  let requests = 0;
  await using server = await serve((_, response) => {
    requests += 1;
    response.writeHead(200, sse).write(said("a"), () => response.destroy());
  });
  const events: ChatEvent[] = [];
  await expect(
    (async () => {
      for await (const event of createClient({ url: server.url }).chat("?")) events.push(event);
    })(),
  ).rejects.toThrow(refuses("TARGET_ANSWER_INVALID", "ended before"));
  expect(events).toEqual([{ kind: "text", text: "a" }]);
  expect(requests).toBe(1);
});

it("a server's error comes at once, though its connection stays", async () => {
  await using server = await serve((_, response) => {
    response
      .writeHead(200, sse)
      .write(`${said("a")}data: {"error":{"message":"dry","code":"queue_full"}}\n\n`);
  });
  const answer = createClient({ url: server.url }).chat("?");
  await expect(answer.result()).rejects.toThrow(refuses("QUEUE_FULL", "dry"));
  await expect(answer.text()).rejects.toThrow(refuses("USAGE", "taken once"));
});

it("silence ends an answer, before it and within it, and so does all of its time", async () => {
  await using server = await serve((request, response) => {
    if (request.headers["x-agent-id"] !== "mute") response.writeHead(200, sse).write(said("a"));
  });
  const client = createClient({ url: server.url, retries: 0 });
  await expect(client.chat("?", { agentId: "mute", firstByteTimeoutMs: 20 }).text()).rejects.toThrow(
    refuses("TARGET_UNREACHABLE", "firstByteTimeoutMs"),
  );
  await expect(client.chat("?", { idleTimeoutMs: 20 }).text()).rejects.toThrow(
    refuses("TARGET_UNREACHABLE", "idleTimeoutMs"),
  );
  await expect(client.chat("?", { timeoutMs: 50 }).text()).rejects.toThrow(
    refuses("TARGET_UNREACHABLE", / timeoutMs/),
  );
});

it("reads no more than is taken", async () => {
  const piece = said("x".repeat(60_000));
  let sent = 0;
  let isHeldBack = (): void => {};
  const heldBack = new Promise<void>((resolve) => (isHeldBack = resolve));
  await using server = await serve((_, response) => {
    response.writeHead(200, sse);
    const most = 700;
    const fill = (): void => {
      while (sent < most) {
        sent += 1;
        if (!response.write(piece)) {
          // The system's buffers are full when nothing has gone out for a while.
          const waiting = setTimeout(isHeldBack, 200);
          response.once("drain", () => {
            clearTimeout(waiting);
            fill();
          });
          return;
        }
      }
      response.end(said("", "stop"));
    };
    fill();
  });
  let events = 0;
  let sentAhead = 0;
  for await (const event of createClient({ url: server.url }).chat("?", { idleTimeoutMs: 5_000 })) {
    if (events === 0) {
      await heldBack;
      sentAhead = sent;
    }
    if (event.kind === "text") events += 1;
  }
  expect(events).toBe(700);
  // Of 42 MB: a reader that did not hold back would have had them all.
  expect(sentAhead).toBeLessThan(500);
});

it("one connection serves one answer after the other", async () => {
  const ports = new Set<number | undefined>();
  await using server = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    request.resume().on("end", () => response.writeHead(200, sse).end(whole));
  });
  const client = createClient({ url: server.url });
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await client.chat("?").text()).toBe("ab");
    await new Promise((resolve) => void setImmediate(resolve));
  }
  expect(ports.size).toBeLessThan(3);
});

it("takes a whole answer from a server that does not stream, and says what is wrong with a request", async () => {
  const body = { choices: [{ index: 0, message: { content: "a" }, finish_reason: "stop" }] };
  await using server = await serve((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const client = createClient({ url: server.url });
  const reply = await client.chat([{ role: "user", content: "?" }]).result();
  expect(reply).toMatchObject({ text: "a", usage: undefined });
  expect(reply.headers.get("content-type")).toBe("application/json");
  expect(() => client.chat("?", { idleTimeoutMs: 0, dialect: "tei" as "openai" })).toThrow(
    refuses("USAGE", /dialect: expected one of.*|idleTimeoutMs/),
  );
  expect(() => client.chat([{ role: "user", content: [] as unknown as string }])).toThrow(
    expect.objectContaining({ field: "messages[0].content" }),
  );
  await expect(client.chat("?", { dialect: "anthropic" }).text()).rejects.toThrow(
    refuses("INVALID_REQUEST", "model"),
  );
});
