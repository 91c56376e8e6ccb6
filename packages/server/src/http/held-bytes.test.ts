import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { fastify, type FastifyInstance } from "fastify";
import { startWeir } from "@weir/testkit";
import { expect, it, vi } from "vitest";
import { createHttpUser, until } from "../fixtures/http-user.ts";
import { addHeldBytes } from "./held-bytes.ts";
import { addErrorAnswers } from "./error-answers.ts";
import { addJsonBodies } from "./json-body.ts";
import { addRequestState } from "./request-state.ts";
import { defaultLimits } from "./service.ts";

/** An app with room for 1,000 bytes of bodies, whose only route answers when it is told to. */
async function listen(answered: Promise<void>, onTaken: () => void): Promise<FastifyInstance> {
  const app = fastify();
  addRequestState(app);
  addErrorAnswers(app);
  addJsonBodies(app, defaultLimits, addHeldBytes(app, 1_000).hold);
  app.post("/embed", async () => {
    onTaken();
    await answered;
    return {};
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  return app;
}

it("refuses what does not fit beside the bodies that are held, and takes it when they are gone", async () => {
  let answer!: () => void;
  let taken = 0;
  const app = await listen(new Promise((resolve) => (answer = resolve)), () => taken++);
  const url = app.listeningOrigin;
  try {
    using first = createHttpUser(url);
    using second = createHttpUser(url);
    using third = createHttpUser(url);
    const texts = ["a".repeat(600)];
    const pending = first.embed(texts);
    await until(() => taken === 1);
    const refused = await second.embed(texts);
    expect(refused.status).toBe(503);
    expect(refused.text).toContain("of at most 1000");
    expect(refused.headers["retry-after"]).toBe("1");
    const small = third.embed(["b"]);
    await until(() => taken === 2);
    answer();
    expect((await pending).status).toBe(200);
    expect((await small).status).toBe(200);
    expect((await second.embed(texts)).status).toBe(200);
    // Alone it may be larger than all of it.
    expect((await second.embed(["c".repeat(5_000)])).status).toBe(200);
  } finally {
    await app.close();
  }
});

it("counts a body whose length no header told once it was read", async () => {
  let answer!: () => void;
  let taken = 0;
  const app = await listen(new Promise((resolve) => (answer = resolve)), () => taken++);
  const url = app.listeningOrigin;
  try {
    using user = createHttpUser(url);
    const inPieces = request(`${url}/embed`, { method: "POST" });
    // Written before the end is known, it goes out in chunks.
    inPieces.write(JSON.stringify({ texts: ["a".repeat(900)] }));
    inPieces.end();
    const answered = once(inPieces, "response");
    await until(() => taken === 1);
    expect((await user.embed(["b".repeat(200)])).status).toBe(503);
    answer();
    const [response] = (await answered) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(200);
  } finally {
    await app.close();
  }
});

it("counts no bytes that were promised and did not come", async () => {
  const app = await listen(Promise.resolve(), () => {});
  const url = app.listeningOrigin;
  const { hostname, port } = new URL(url);
  const slow = connect(Number(port), hostname);
  try {
    await once(slow, "connect");
    slow.write("POST /embed HTTP/1.1\r\nhost: a\r\ncontent-length: 900\r\n\r\n{");
    using user = createHttpUser(url);
    expect((await user.embed(["a".repeat(600)])).status).toBe(200);
  } finally {
    slow.destroy();
    await app.close();
  }
});

it("counts what came of a body that never ends, and gives it free when its client goes", async () => {
  const app = await listen(Promise.resolve(), () => {});
  const url = app.listeningOrigin;
  const { hostname, port } = new URL(url);
  const head = "POST /embed HTTP/1.1\r\nhost: a\r\ncontent-length: 901\r\n\r\n";
  const slow = [0, 1].map(() => connect(Number(port), hostname));
  try {
    const answers = slow.map((socket) => once(socket, "data"));
    for (const socket of slow) socket.write(head + "a".repeat(900));
    // One of them does not fit any more, whichever came second.
    const [first] = (await Promise.race(answers)) as [Buffer];
    expect(String(first)).toMatch(/^HTTP\/1\.1 503 [^]*connection: close[^]*hold 900 bytes of at most 1000/);
    using user = createHttpUser(url);
    expect((await user.embed(["a".repeat(600)])).status).toBe(503);
    for (const socket of slow) socket.destroy();
    await vi.waitUntil(async () => (await user.embed(["a".repeat(600)])).status === 200, { timeout: 10_000 });
  } finally {
    for (const socket of slow) socket.destroy();
    await app.close();
  }
});

it("counts answers until they are read, and refuses those that do not fit", async () => {
  await using server = await startWeir({ echo: { dimensions: 2_048 }, limits: { heldBytes: 50_000_000 } });
  const { hostname, port } = new URL(server.url);
  // The answer, some 40 MB, is more than the system's buffers take.
  const body = JSON.stringify({ texts: Array.from({ length: 1_000 }, () => "a") });
  const clients = [0, 1, 2].map(() => connect(Number(port), hostname));
  try {
    const begun = clients.map((client) => once(client, "readable"));
    for (const client of clients)
      client.write(
        `POST /embed HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    await Promise.all(begun);
    const statuses = clients.map((client) => String(client.read()).slice(9, 12));
    expect(statuses.toSorted()).toEqual(["200", "503", "503"]);
  } finally {
    for (const client of clients) client.destroy();
  }
});

it("leaves the server unready while nearly all of it is taken", async () => {
  await using server = await startWeir({
    echo: { blockMs: 60_000, blockWord: "long" },
    limits: { heldBytes: 10_000 },
    drainTimeoutMs: 1,
  });
  const [model] = await server.ready;
  using user = createHttpUser(server.url);
  expect((await user.get("/health/ready")).status).toBe(200);
  const gone = new AbortController();
  const held = fetch(`${server.url}/embed`, {
    method: "POST",
    body: JSON.stringify({ texts: [`long ${"a".repeat(9_500)}`] }),
    signal: gone.signal,
  }).catch(() => {});
  await until(() => model!.jobsHeld === 1);
  const ready = await user.get("/health/ready");
  expect(ready.status).toBe(503);
  expect(ready.text).toContain("nearly all the bytes");
  gone.abort();
  await held;
  await vi.waitUntil(async () => (await user.get("/health/ready")).status === 200);
});
