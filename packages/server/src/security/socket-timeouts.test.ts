import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { RunningServer, ServerOptions } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

/** Everything that a client gets until the server ends the connection. */
async function readToEnd(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  // A reset is an end too.
  socket.on("error", () => {});
  await once(socket, "close");
  return Buffer.concat(pieces).toString();
}

function open(server: RunningServer): Socket {
  return connect(Number(new URL(server.url).port), "127.0.0.1");
}

async function embed(server: RunningServer): Promise<number> {
  return (await fetch(`${server.url}/embed`, { method: "POST", body: '{"texts":["a"]}' })).status;
}

const quick: NonNullable<ServerOptions["timeouts"]> = {
  headersMs: 200,
  receiveMs: 400,
  sendMs: 200,
  idleMs: 200,
};
const head = "POST /embed HTTP/1.1\r\nhost: localhost\r\n";

describe("a client that is slow", () => {
  it("over its headers is cut off, and others are served meanwhile", async () => {
    await using server = await startWeir({ timeouts: quick });
    const clients = Array.from({ length: 50 }, () => open(server));
    const ends = clients.map(readToEnd);
    // Slow loris: a byte now and then, never the end.
    const timer = setInterval(() => {
      for (const client of clients) if (client.writable) client.write("x");
    }, 20);
    for (const client of clients) client.write(`${head}x-pad: `);
    expect(await embed(server)).toBe(200);
    const answers = await Promise.all(ends);
    clearInterval(timer);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/);
    expect(await embed(server)).toBe(200);
  });

  it("over a request that may take less time than headers is cut off", async () => {
    await using server = await startWeir({ timeouts: { receiveMs: 500 } });
    expect(await readToEnd(open(server))).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("over its body is cut off", async () => {
    await using server = await startWeir({ timeouts: quick });
    const client = open(server);
    client.write(`${head}content-length: 1000\r\n\r\n{"texts":["`);
    const timer = setInterval(() => void (client.writable && client.write("x")), 20);
    const answer = await readToEnd(client);
    clearInterval(timer);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(await embed(server)).toBe(200);
  });

  it("to say anything at all is cut off, after an answer too", async () => {
    await using server = await startWeir({ timeouts: quick });
    expect(await readToEnd(open(server))).toMatch(/^HTTP\/1\.1 408 /);
    const client = open(server);
    client.write("GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n");
    expect(await readToEnd(client)).toMatch(/^HTTP\/1\.1 200 [^]*\{"status":"ok"[^]*\}$/);
  });

  // The answer, some 40 MB, is more than the system's buffers take.
  const body = JSON.stringify({ texts: Array.from({ length: 1_000 }, () => "a") });
  const question = `${head}content-length: ${body.length}\r\n\r\n${body}`;

  it.each([
    ["and says nothing more", " "],
    ["and sends blank lines", "\r\n"],
    ["and asks on", "GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n"],
  ])("to read is cut off, and what was kept for it is given free: %s", async (_what, drip) => {
    await using server = await startWeir({ timeouts: quick, echo: { dimensions: 2_048 } });
    const client = open(server);
    client.on("error", () => {});
    client.pause();
    client.write(question);
    // A paused socket tells of its end by what writes meet.
    const timer = setInterval(() => client.write(drip), 20);
    await new Promise((resolve) => client.once("close", resolve));
    clearInterval(timer);
    expect(await embed(server)).toBe(200);
  });

  it("to read, but reads, gets its whole answer", async () => {
    await using server = await startWeir({ timeouts: { sendMs: 500 }, echo: { dimensions: 2_048 } });
    const client = open(server);
    client.write(question.replace("host", "connection: close\r\nhost"));
    let bytes = 0;
    let first = "";
    client.on("data", (piece: Buffer) => {
      bytes += piece.length;
      first ||= String(piece);
      client.pause();
      setTimeout(() => client.resume(), 2);
    });
    await once(client, "close");
    const [headers] = first.split("\r\n\r\n", 1);
    expect(bytes).toBe(headers!.length + 4 + Number(/content-length: (\d+)/.exec(headers!)![1]));
  });

  it("is waited for while it is the model that takes its time", async () => {
    await using server = await startWeir({ timeouts: quick, echo: { blockMs: 900 } });
    expect(await embed(server)).toBe(200);
  });

  it("and ends its half of the connection counts as gone", async () => {
    await using server = await startWeir({
      echo: { blockMs: 60_000, blockWord: "long" },
      drainTimeoutMs: 1,
    });
    const [model] = await server.ready;
    const client = open(server);
    const body = '{"texts":["long"]}';
    client.write(`${head}content-length: ${body.length}\r\n\r\n${body}`);
    await vi.waitUntil(() => model!.jobsHeld === 1, { interval: 5, timeout: 10_000 });
    client.end();
    expect(await readToEnd(client)).toBe("");
    // The engine is at it and keeps its slot; the job is nobody's any more.
    const countCancelled = (): number => model!.admissionStats().totals.cancelled.running;
    await vi.waitUntil(() => countCancelled() === 1, { interval: 5, timeout: 10_000 });
  });
});

describe("a request that is none", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startWeir();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each([
    ["no HTTP", "\u0000\u0001\u0002\r\n\r\n", 400],
    ["a NUL in the path", "GET /\u0000 HTTP/1.1\r\nhost: a\r\n\r\n", 400],
    ["no Host", "GET / HTTP/1.1\r\nconnection: close\r\n\r\n", 400],
    ["a version from the future", "GET / HTTP/9.9\r\nhost: a\r\n\r\n", 400],
    ["two lengths", `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    ["a negative length", `${head}content-length: -1\r\n\r\n`, 400],
    ["huge headers", `GET / HTTP/1.1\r\nhost: a\r\nx: ${"a".repeat(40_000)}\r\n\r\n`, 431],
  ])("is answered and ended: %s", async (_what, bytes, status) => {
    const client = open(server);
    client.write(bytes);
    const answer = await readToEnd(client);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*\nx-request-id: req_`));
    expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4))).toMatchObject({
      error: { message: expect.any(String) },
    });
    expect(answer).not.toMatch(/\bat .*\.(ts|js):\d+/);
  });
});

describe("a body above the limit", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startWeir({ limits: { bodyBytes: 100_000 } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it("is refused before it is read", async () => {
    const client = open(server);
    client.write(`${head}content-length: 100001\r\n\r\n`);
    expect(await readToEnd(client)).toMatch(/^HTTP\/1\.1 413 [^]*100000 bytes/);
  });

  it("is refused before the client is told to go on, where it asks", async () => {
    const client = open(server);
    client.write(`${head}expect: 100-continue\r\ncontent-length: 100001\r\n\r\n`);
    expect(await readToEnd(client)).toMatch(/^HTTP\/1\.1 413 [^]*connection: close/i);
  });

  it("is asked for where it fits", async () => {
    const client = open(server);
    const body = '{"texts":["a"]}';
    client.write(
      `${head}connection: close\r\nexpect: 100-continue\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    const [first] = (await once(client, "data")) as [Buffer];
    expect(String(first)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.write(body);
    expect(await readToEnd(client)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("is refused while it comes, where it did not say how long it is", async () => {
    const client = open(server);
    client.write(`${head}transfer-encoding: chunked\r\n\r\n`);
    for (let chunk = 0; chunk < 11; chunk++) client.write(`2710\r\n${"x".repeat(10_000)}\r\n`);
    expect(await readToEnd(client)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("is small where requests are", async () => {
    const client = open(server);
    client.write("POST /shutdown HTTP/1.1\r\nhost: localhost\r\ncontent-length: 70000\r\n\r\n");
    expect(await readToEnd(client)).toMatch(/^HTTP\/1\.1 413 [^]*65536 bytes/);
  });
});
