import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startApart, type ServerApart } from "../fixtures/start-apart.ts";
import { createApiKey } from "../security/api-key.ts";
import { writeKeysFile } from "../security/keys-file.ts";
import { addLingeringClose, type LingerLimits } from "./lingering-close.ts";

const text = "a ".repeat(10_000_000);
const body = Buffer.from(JSON.stringify({ input: text }));
/** Often enough that an answer that is lost now and then is lost here. */
const times = 3;

describe("a body of 20 MB that is not wanted", () => {
  const { key, record } = createApiKey({ name: "shop", scopes: ["infer"], limits: { requestsPerMinute: 1 } });
  const bearer = { authorization: `Bearer ${key}` };
  const unbounded = createApiKey({ name: "shop", scopes: ["infer"] });
  const known = { authorization: `Bearer ${unbounded.key}` };
  let directory: string;
  let server: ServerApart;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "weir-test-"));
    const apiKeysFile = join(directory, "keys.json");
    await writeKeysFile(apiKeysFile, [record, unbounded.record]);
    server = await startApart({ security: { apiKeysFile }, limits: { bodyBytes: 1_000_000 } });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it.each<[string, number, string, Record<string, string>]>([
    ["nobody's", 401, "/v1/embeddings", {}],
    ["larger than the limit", 413, "/v1/embeddings", known],
    ["compressed", 415, "/v1/embeddings", { ...known, "content-encoding": "gzip" }],
    ["for no route", 404, "/v1/embedings", known],
    ["for a route of another method", 405, "/v1/models", known],
  ])("gets its answer through fetch: %s", async (_what, status, path, headers) => {
    for (let time = 0; time < times; time += 1) {
      const whole = await fetch(server.url + path, { method: "POST", body, headers });
      expect(whole.status).toBe(status);
      expect(await whole.json()).toMatchObject({ error: { message: expect.any(String) } });
      const pieces = new Blob([body]).stream();
      const init = { method: "POST", body: pieces, duplex: "half", headers };
      const streamed = await fetch(server.url + path, init as RequestInit);
      expect(streamed.status).toBe(status);
      expect(await streamed.json()).toMatchObject({ error: { message: expect.any(String) } });
    }
  });

  it("gets its answer through OpenAI's client", async () => {
    const openai = (apiKey: string): OpenAI =>
      new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });
    for (let time = 0; time < times; time += 1) {
      const asked = { model: "echo", input: text };
      await expect(openai("wrong").embeddings.create(asked)).rejects.toMatchObject({ status: 401 });
      await expect(openai(unbounded.key).embeddings.create(asked)).rejects.toMatchObject({ status: 413 });
    }
  });

  it("gets its answer where its key has had its share", async () => {
    const ask = (): Promise<Response> =>
      fetch(`${server.url}/v1/embeddings`, { method: "POST", body, headers: bearer });
    await (await ask()).text();
    for (let time = 0; time < times; time += 1) expect((await ask()).status).toBe(429);
  });
});

/** What a client is sent that has `drip` to send again and again, and whether its request was over before its connection. */
async function sendOn(
  limits: Partial<LingerLimits>,
  drip: string,
  headers = "",
): Promise<{ readonly answer: string; readonly overFirst: boolean }> {
  const app = fastify();
  addLingeringClose(app, { mostBytes: 1e9, idleMs: 60_000, totalMs: 60_000, closingMs: 60_000, ...limits });
  let over = false;
  app.addHook("onRequest", async (_request, reply) => {
    await reply.code(401).header("connection", "close").send("no");
  });
  app.addHook("onResponse", (_request, _reply, done) => {
    over = true;
    done();
  });
  app.post("/", () => "never");
  app.server.on("checkContinue", (request, response) => app.server.emit("request", request, response));
  const connected = once(app.server, "connection") as Promise<[Socket]>;
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  // It goes on when the server's half of the connection has ended.
  const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const pieces: Buffer[] = [];
  client.on("data", (piece: Buffer) => pieces.push(piece)).on("error", () => {});
  client.write(`POST / HTTP/1.1\r\nhost: a\r\n${headers}transfer-encoding: chunked\r\n\r\n`);
  const heard = new Promise((resolve) => client.once("end", resolve).once("close", resolve));
  const timer = setInterval(() => void (client.writableNeedDrain || client.write(drip)), 1);
  const [socket] = await connected;
  const overFirst = await new Promise<boolean>((resolve) => socket.once("close", () => resolve(over)));
  clearInterval(timer);
  await heard;
  client.destroy();
  await app.close();
  return { answer: Buffer.concat(pieces).toString(), overFirst };
}

describe("who sends on after the answer", () => {
  const chunk = (bytes: number): string => `${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`;

  it.each<[string, Partial<LingerLimits>, string]>([
    ["more than anybody would have sent", { mostBytes: 1_000_000 }, chunk(200_000)],
    ["a little now and then, for ever", { totalMs: 300 }, chunk(1)],
    ["nothing, and does not leave", { idleMs: 300 }, ""],
  ])("is let go on for a while only: %s", async (_what, limits, drip) => {
    const { answer, overFirst } = await sendOn(limits, drip);
    expect(answer).toMatch(/^HTTP\/1\.1 401 [^]*\r\n\r\nno$/);
    // Whatever the request held is free by then.
    expect(overFirst).toBe(true);
  });

  it("does not hold up a server that closes", async () => {
    const app = fastify();
    addLingeringClose(app, { mostBytes: 1e9, idleMs: 60_000, totalMs: 60_000, closingMs: 100 });
    app.addHook("onRequest", (_request, reply) => reply.code(401).header("connection", "close").send("no"));
    app.post("/", () => "never");
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    client.on("error", () => {});
    client.resume().write("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
    const timer = setInterval(() => void client.write(chunk(1)), 5);
    await once(client, "end");
    // Node waits for connections that are open.
    await app.close();
    expect(app.server.listening).toBe(false);
    clearInterval(timer);
    client.destroy();
  });

  it("is let go at once where its request is whole", async () => {
    const { answer } = await sendOn({}, chunk(1) + "0\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  it("is not waited for where it asked whether to go on", async () => {
    const { answer } = await sendOn({}, "", "expect: 100-continue\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });
});
