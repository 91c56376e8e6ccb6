import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import {
  startScripted,
  type ScriptedRequest,
  type ScriptedServer,
} from "../remote/fixtures/scripted-server.ts";
import { createDeferred } from "../replica/deferred.ts";
import { chat, openaiBody, openTestModel, pass } from "./fixtures/upstream-client.ts";
import type { UpstreamModel } from "./upstream-model.ts";

const frame = (text: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`;
const done = "data: [DONE]\n\n";

type Answer = (response: ServerResponse, request: ScriptedRequest) => void;

/** Lists models, and does with a chat what a test says. */
async function startFaulty(answer: Answer): Promise<ScriptedServer> {
  const server = await startScripted();
  serve(server, answer);
  return server;
}

function serve(server: ScriptedServer, answer: Answer): void {
  server.answer = (response, request) => {
    if (request.path === "/v1/models") response.end('{"object":"list","data":[]}');
    else answer(response, request);
  };
}

function chats({ requests }: ScriptedServer): number {
  return requests.filter(({ path }) => path === "/v1/chat/completions").length;
}

const good: Answer = (response) =>
  void response.writeHead(200, { "content-type": "text/event-stream" }).end(frame("ok") + done);

/** Both ways of asking: bytes that pass through, and events. */
const ways: readonly (readonly [
  name: string,
  ask: (model: UpstreamModel) => Promise<{ error: unknown; begun: boolean }>,
])[] = [
  [
    "passed through",
    async (model) => {
      const { error, text } = await pass(model);
      // What the client has are whole frames.
      expect(text).toMatch(/^(?:data: \S.*\n\n)*$/);
      return { error, begun: text !== "" };
    },
  ],
  [
    "translated",
    async (model) => {
      const { error, events } = await chat(model);
      return { error, begun: events.length > 0 };
    },
  ],
];

describe.each(ways)("an answer that is %s", (_name, ask) => {
  test("fails where the server dies in the middle, and no second is asked", async () => {
    await using server = await startFaulty((response) => {
      response.write(frame("one") + frame("two").slice(0, 20), () => response.destroy());
    });
    await using other = await startFaulty(good);
    await using model = await openTestModel([server.url, other.url]);
    const outcomes = [await ask(model), await ask(model)];
    const failed = outcomes.filter(({ error }) => error !== undefined);
    expect(failed).toMatchObject([{ begun: true, error: { code: "REMOTE_FAILED", retryable: true } }]);
    expect([chats(server), chats(other)]).toEqual([1, 1]);
  });

  test("fails where the server says nothing more", async () => {
    await using server = await startFaulty((response) => void response.write(frame("one")));
    await using model = await openTestModel([server.url], { idleMs: 50 });
    expect(await ask(model)).toMatchObject({
      begun: true,
      error: { code: "REMOTE_FAILED", message: expect.stringContaining("nothing more for 50 ms") },
    });
  });

  test("fails where it ends before its end", async () => {
    await using server = await startFaulty((response) => void response.end(frame("one")));
    await using model = await openTestModel([server.url]);
    expect(await ask(model)).toMatchObject({ begun: true, error: { status: 502 } });
  });

  test.each([
    ["a web page", (response: ServerResponse) => void response.end("<html>Bad gateway</html>\n\n")],
    ["nothing", (response: ServerResponse) => void response.end()],
    [
      "what is compressed",
      (response: ServerResponse) => void response.writeHead(200, { "content-encoding": "br" }).end("x"),
    ],
  ])("fails before it begins where it is %s", async (_what, answer) => {
    await using server = await startFaulty(answer);
    await using model = await openTestModel([server.url]);
    expect(await ask(model)).toMatchObject({ begun: false, error: { status: 502 } });
  });

  test("has a content type that can be sent on, whatever the server's is", async () => {
    const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\x01\xff\r\nconnection: close\r\n\r\n";
    await using server = await startFaulty(({ socket }) => void socket!.end(head + done, "latin1"));
    await using model = await openTestModel([server.url]);
    expect((await pass(model)).contentType).toBe("text/event-stream");
  });

  test("comes from another server where the first breaks off before it began", async () => {
    await using server = await startFaulty((response) => void response.destroy());
    await using other = await startFaulty(good);
    await using model = await openTestModel([server.url, other.url]);
    for (let count = 0; count < 2; count += 1)
      expect(await ask(model)).toMatchObject({ begun: true, error: undefined });
    expect(chats(other)).toBe(2);
    // Twice at most: a connection that was kept alive may have died of that, so a new one is tried.
    expect(chats(server)).toBeLessThanOrEqual(2);
  });

  test("comes from the same server, asked once more, where there is no other", async () => {
    await using server = await startFaulty((response) => {
      serve(server, good);
      response.destroy();
    });
    await using model = await openTestModel([server.url]);
    expect(await ask(model)).toMatchObject({ begun: true, error: undefined });
    expect(chats(server)).toBe(2);
  });

  test("is refused for as long as the server says, after another was asked", async () => {
    const full: Answer = (response) =>
      void response.writeHead(429, { "retry-after": "7" }).end('{"error":{"message":"full"}}');
    await using server = await startFaulty(full);
    await using other = await startFaulty(full);
    await using model = await openTestModel([server.url, other.url]);
    expect(await ask(model)).toMatchObject({
      begun: false,
      error: { code: "QUEUE_FULL", retryAfterMs: 7_000 },
    });
    expect([chats(server), chats(other)]).toEqual([1, 1]);
    // A server that is full is there.
    expect(model.state.kind).toBe("ready");
  });

  test("is refused as the server refused it where the request is at fault, and nobody else is asked", async () => {
    const error = {
      message: "maximum context length is 8192 tokens",
      code: "context_length_exceeded",
      param: "messages",
    };
    const refuse: Answer = (response) => void response.writeHead(400).end(JSON.stringify({ error }));
    await using server = await startFaulty(refuse);
    await using other = await startFaulty(refuse);
    await using model = await openTestModel([server.url, other.url]);
    expect(await ask(model)).toMatchObject({
      error: { code: "INPUT_TOO_LONG", field: "messages", message: expect.stringContaining("8192 tokens") },
    });
    expect(chats(server) + chats(other)).toBe(1);
  });

  test("says nothing of the key, whatever the server repeats", async () => {
    for (const status of [200, 400, 401, 500]) {
      await using server = await startFaulty((response, { headers }) => {
        response
          .writeHead(status)
          .end(JSON.stringify({ error: { message: `got ${headers.authorization}` } }));
      });
      await using model = await openTestModel([server.url], { key: "s3cret-key" });
      const { error } = await ask(model);
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).message).not.toContain("s3cret");
      expect(JSON.stringify([model.state, model.servers])).not.toContain("s3cret");
    }
  });

  test("does not begin where no first byte comes in time", async () => {
    await using server = await startFaulty(() => {});
    await using model = await openTestModel([server.url], { firstByteMs: 50 });
    expect(await ask(model)).toMatchObject({
      begun: false,
      error: { code: "REMOTE_FAILED", message: expect.stringContaining("within 50 ms") },
    });
  });
});

test("half a frame never reaches the client, not even from what is no HTTP", async () => {
  const garbage = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      const head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
      if (bytes.includes("/v1/models"))
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"data":[]}');
      else socket.write(`${head}${frame("a").length.toString(16)}\r\n${frame("a")}\r\nNONSENSE\r\n`);
    });
  });
  garbage.listen(0, "127.0.0.1");
  await once(garbage, "listening");
  try {
    const url = `http://127.0.0.1:${(garbage.address() as AddressInfo).port}`;
    await using model = await openTestModel([url]);
    const got = await pass(model);
    expect(got.error).toMatchObject({ code: "TARGET_ANSWER_INVALID" });
    expect(["", frame("a")]).toContain(got.text);
  } finally {
    garbage.close();
  }
});

test("an error that the server itself ends its stream with is passed through, and none is added", async () => {
  const error = 'data: {"error":{"message":"out of memory"}}\n\n';
  await using server = await startFaulty((response) => void response.end(frame("a") + error));
  await using model = await openTestModel([server.url]);
  expect(await pass(model)).toMatchObject({ text: frame("a") + error, error: undefined });
});

test("a stream whose server never closes it ends with its last frame", async () => {
  await using server = await startFaulty((response) => void response.write(frame("a") + done));
  await using model = await openTestModel([server.url], { idleMs: 50 });
  expect(await pass(model)).toMatchObject({ text: frame("a") + done, error: undefined });
});

test("a client that leaves is gone at the server at once", async () => {
  const gone = createDeferred<void>();
  await using server = await startFaulty((response) => {
    response.on("close", () => gone.resolve());
    response.write(frame("a"));
  });
  await using model = await openTestModel([server.url]);
  const leaving = new AbortController();
  const got = await pass(model, openaiBody, { signal: leaving.signal, onBytes: () => leaving.abort() });
  expect(got.error).toMatchObject({ code: "CANCELLED" });
  await gone.promise;
  expect(model.servers).toMatchObject([{ jobs: 0, state: { kind: "ready" } }]);
});

test("a connection that was closed while it was idle costs nobody an answer", async () => {
  await using server = await startFaulty(good);
  await using model = await openTestModel([server.url]);
  expect((await pass(model)).error).toBeUndefined();
  server.closeConnections();
  expect((await pass(model)).error).toBeUndefined();
  expect(chats(server)).toBe(2);
});

test("a server that goes is passed over, and asked again when it is back", async () => {
  await using server = await startFaulty(good);
  const other = await startFaulty(good);
  const back = createDeferred<void>();
  const lost = createDeferred<string>();
  await using model = await openTestModel([server.url, other.url], {
    slots: 3,
    onEvent(event) {
      if (event.kind === "remote-lost") lost.resolve(event.url);
      if (event.kind === "remote-back") back.resolve();
    },
  });
  expect(model.slots).toBe(6);
  const port = Number(new URL(other.url).port);
  await other[Symbol.asyncDispose]();
  for (let count = 0; count < 6; count += 1) expect((await pass(model)).error).toBeUndefined();
  expect(await lost.promise).toBe(other.url);
  expect(model.slots).toBe(3);
  expect(model.state.kind).toBe("ready");
  await using again = await startScripted(port);
  serve(again, good);
  await back.promise;
  expect(model.slots).toBe(6);
  for (let count = 0; count < 4; count += 1) await pass(model);
  expect(chats(again)).toBe(2);
});

test("while no server is there, clients are told when to come again", async () => {
  const server = await startFaulty(good);
  await using model = await openTestModel([server.url]);
  await server[Symbol.asyncDispose]();
  expect((await pass(model)).error).toMatchObject({ code: "REMOTE_FAILED" });
  expect(model.state).toMatchObject({ kind: "unreachable" });
  expect((await pass(model)).error).toMatchObject({ code: "NOT_READY", retryAfterMs: expect.any(Number) });
});

test("an agent stays with its server, and others go elsewhere", async () => {
  await using one = await startFaulty(good);
  await using two = await startFaulty(good);
  await using model = await openTestModel([one.url, two.url]);
  const seen = new Map<string, number>();
  for (let agent = 0; agent < 16; agent += 1) {
    const before = chats(one);
    for (let turn = 0; turn < 3; turn += 1)
      await pass(model, openaiBody, { origin: { affinity: `agent ${agent}` } });
    const share = chats(one) - before;
    expect([0, 3]).toContain(share);
    seen.set(share === 3 ? "one" : "two", agent);
  }
  expect([...seen.keys()].toSorted()).toEqual(["one", "two"]);
});
