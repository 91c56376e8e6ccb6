import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localhostCertificate as secure } from "@weir/testkit/certificate";
import { Caller } from "../fixtures/caller.ts";
import { listen } from "../fixtures/listen.ts";

/** A server that answers every connection with these bytes, whatever it is asked. */
async function startScripted(
  script: (socket: net.Socket) => void,
): Promise<Awaited<ReturnType<typeof listen>>> {
  return await listen(net.createServer((socket) => socket.once("data", () => script(socket))));
}

const get = { method: "GET", path: "/" };

describe.each(["http", "https"])("HttpConnection over %s, node:%s as the oracle", (scheme) => {
  let server: Awaited<ReturnType<typeof listen>>;
  let bodies: { pieces: readonly Uint8Array[]; withLength: boolean } = { pieces: [], withLength: true };
  const seen: { body: string; headers: http.IncomingHttpHeaders; url: string | undefined }[] = [];

  const handler: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push({
        body: Buffer.concat(chunks).toString("latin1"),
        headers: request.headers,
        url: request.url,
      });
      const total = bodies.pieces.reduce((sum, piece) => sum + piece.length, 0);
      if (bodies.withLength) response.setHeader("content-length", total);
      for (const piece of bodies.pieces) response.write(piece);
      response.end();
    });
  };

  beforeAll(async () => {
    server = await listen(
      scheme === "http" ? http.createServer(handler) : https.createServer(secure, handler),
    );
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it("carries any bodies both ways on one connection", async () => {
    const caller = new Caller(`${scheme}://127.0.0.1:${server.port}/base/`, { ca: secure.cert });
    const anyBody = fc.uint8Array({ maxLength: 3000 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyBody, { maxLength: 5 }),
        fc.boolean(),
        anyBody,
        async (pieces, withLength, sent) => {
          bodies = { pieces, withLength };
          const answer = await caller.call({
            method: "POST",
            path: "/x?y=1",
            body: sent,
            headers: { "X-Test": "yes" },
          });
          expect(answer).toMatchObject({
            status: 200,
            failure: undefined,
            body: Buffer.concat(pieces).toString("latin1"),
          });
          expect(seen.at(-1)).toMatchObject({
            body: Buffer.from(sent).toString("latin1"),
            url: "/base/x?y=1",
            headers: { "x-test": "yes" },
          });
          expect(answer.times).toEqual(answer.times.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 60 },
    );
    expect(caller.isIdle).toBe(true);
    caller.close();
  });

  it("carries bodies larger than every buffer between", async () => {
    const caller = new Caller(`${scheme}://127.0.0.1:${server.port}`, { ca: secure.cert });
    const large = Buffer.alloc(5_000_000, "abcdefg");
    bodies = { pieces: [large], withLength: false };
    const answer = await caller.call({ method: "POST", path: "/", body: large });
    expect(answer.body === large.toString("latin1")).toBe(true);
    expect(seen.at(-1)?.body.length).toBe(large.length);
    caller.close();
  });
});

describe("HttpConnection when things go wrong", () => {
  it("names a port where nothing listens", async () => {
    const server = await listen(net.createServer());
    await server[Symbol.asyncDispose]();
    const { failure } = await new Caller(server.url).call(get);
    expect(failure).toEqual({ kind: "connect-refused", message: `nothing listens at ${server.url}` });
  });

  it("names a host without an address", async () => {
    const { failure } = await new Caller("http://no-such-host.invalid:1").call(get);
    expect(failure?.kind).toBe("name-not-found");
  });

  it("names a certificate that nobody vouches for", async () => {
    await using server = await listen(https.createServer(secure));
    const { failure } = await new Caller(`https://127.0.0.1:${server.port}`).call(get);
    expect(failure?.kind).toBe("tls-failed");
    expect(failure?.message).toContain("self-signed");
  });

  it.each([
    ["", "closed-before-answer"],
    ["HTTP/1.1 200 OK\r\nContent-Le", "closed-in-head"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "closed-in-body"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "closed-in-body"],
    ["SSH-2.0-OpenSSH_9.2p1\r\n", "malformed-status-line"],
  ])("names an answer of %j and a closed connection", async (wire, kind) => {
    await using server = await startScripted((socket) => socket.end(wire));
    const { failure } = await new Caller(server.url).call(get);
    expect(failure?.kind).toBe(kind);
  });

  it("shows what came instead of HTTP", async () => {
    await using server = await startScripted((socket) => socket.end("SSH-2.0-OpenSSH_9.2p1\r\n"));
    const { failure } = await new Caller(server.url).call(get);
    expect(failure?.message).toContain('it begins with "SSH-2.0-OpenSSH_9.2p1\\r\\n"');
  });

  it("names a reset", async () => {
    await using server = await startScripted((socket) => socket.resetAndDestroy());
    const { failure } = await new Caller(server.url).call(get);
    expect(failure?.kind).toBe("connection-reset");
  });

  it("gives up on an answer that never ends, even while bytes trickle in", async () => {
    await using server = await startScripted((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
      const timer = setInterval(() => socket.write("x"), 5);
      socket.on("close", () => clearInterval(timer));
    });
    const { failure } = await new Caller(server.url, { timeoutMs: 50 }).call(get);
    expect(failure).toEqual({ kind: "timeout", message: "no whole answer within 50 ms" });
  });

  it("counts the time limit for each request, not for the connection", async () => {
    let answered = 0;
    await using server = await listen(
      http.createServer((_, response) => {
        answered += 1;
        if (answered < 30) setTimeout(() => response.end("ok"), 20);
      }),
    );
    const caller = new Caller(server.url, { timeoutMs: 500 });
    for (let call = 1; call < 30; call += 1) expect((await caller.call(get)).failure).toBeUndefined();
    expect((await caller.call(get)).failure?.kind).toBe("timeout");
  });

  it("is not used again after connection: close, unasked bytes, or the end of an idle connection", async () => {
    await using closing = await startScripted((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    });
    const first = new Caller(closing.url);
    expect(await first.call(get)).toMatchObject({ status: 200, body: "ok", failure: undefined });
    expect(first.isIdle).toBe(false);

    const server = net.createServer();
    await using idle = await listen(server);
    for (const afterwards of [
      (socket: net.Socket) => socket.write("more"),
      (socket: net.Socket) => socket.end(),
    ]) {
      const accepted = once(server, "connection") as Promise<[net.Socket]>;
      const caller = new Caller(idle.url);
      const [socket] = await accepted;
      const asked = caller.call(get);
      await once(socket, "data");
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      expect((await asked).failure).toBeUndefined();
      expect(caller.isIdle).toBe(true);
      const closed = once(socket, "close");
      afterwards(socket);
      await closed;
      expect(caller.isIdle).toBe(false);
    }
  });
});
