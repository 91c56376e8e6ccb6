import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { describe, expect, it } from "vitest";
import { localhostCertificate as secure } from "@weir/testkit/certificate";
import { Caller } from "../fixtures/caller.ts";
import { listen } from "../fixtures/listen.ts";

const get = { method: "GET", path: "/" };
const withTls = (port: number): string => `https://127.0.0.1:${port}`;

describe("a server that speaks something else", () => {
  it("is asked for over http where its port knows no TLS", async () => {
    await using server = await listen(http.createServer());
    const failure = await new Caller(withTls(server.port)).opened();
    expect(failure).toMatchObject({ kind: "tls-failed" });
    expect(failure?.message).toBe(
      `${withTls(server.port)}: this port does not speak TLS: use http:// in the URL`,
    );
  });

  it("is asked for without --http2 where it offers HTTP/1.1 alone", async () => {
    const servers = [
      https.createServer(secure),
      // One that knows no ALPN at all.
      tls.createServer(secure, (socket) =>
        socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
      ),
    ];
    for (const made of servers) {
      await using server = await listen(made);
      const failure = await new Caller(withTls(server.port), { httpVersion: "2", insecure: true }).opened();
      expect(failure?.message).toContain("the server does not offer HTTP/2 over TLS: leave out --http2");
    }
    await using plain = await listen(http.createServer());
    const failure = await new Caller(plain.url, { httpVersion: "2" }).opened();
    expect(failure?.message).toMatch(/--http2/);
    expect(failure?.message).not.toContain("\n");
  });

  it("is asked for with --http2 where it speaks nothing else", async () => {
    await using server = await listen(http2.createServer());
    const { failure } = await new Caller(server.url).call(get);
    expect(failure?.message).toBe("this port speaks HTTP/2 alone: add --http2");
  });

  it("is asked for over https where it answers with a TLS alert", async () => {
    const alert = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]);
    await using server = await listen(
      net.createServer((socket) => socket.once("data", () => socket.end(alert))),
    );
    const { failure } = await new Caller(server.url).call(get);
    expect(failure?.message).toBe("this port speaks TLS: use https:// in the URL");
  });

  it("is asked for over https where it closes without a word, among what else that may be", async () => {
    await using server = await listen(https.createServer(secure));
    const { failure } = await new Caller(server.url).call(get);
    expect(failure?.message).toMatch(/https:\/\//);
  });

  it("is trusted by a certificate of one's own or not at all", async () => {
    await using server = await listen(https.createServer(secure));
    const failure = await new Caller(withTls(server.port)).opened();
    expect(failure?.message).toMatch(/--ca FILE.*--insecure/);
    expect(failure?.message).not.toContain("\n");
  });
});

describe("headers that HTTP/2 has no place for", () => {
  it.each(["TE", "Upgrade", "Keep-Alive", "Proxy-Connection", "HTTP2-Settings"])(
    "%s is left out",
    async (name) => {
      await using server = await listen(
        http2.createServer((request, response) => response.end(String(request.headers[name.toLowerCase()]))),
      );
      const caller = new Caller(server.url, { httpVersion: "2" });
      const { body, failure } = await caller.call({ ...get, headers: { [name]: "gzip" } });
      caller.close();
      expect({ body, failure }).toEqual({ body: "undefined", failure: undefined });
    },
  );

  it("what Node refuses to send fails the request, after it was sent, and nothing else", async () => {
    await using server = await listen(http2.createServer((_, response) => response.end()));
    const caller = new Caller(server.url, { httpVersion: "2" });
    const { failure } = await caller.call({ method: "CONNECT", path: "/" });
    expect(failure?.kind).toBe("http2-failed");
    expect(failure?.message).toMatch(/^the request cannot be sent over HTTP\/2: /);
    expect(caller.isIdle).toBe(false);
  });
});
