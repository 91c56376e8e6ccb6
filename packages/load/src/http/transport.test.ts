import { randomUUID } from "node:crypto";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { toUnixUrl } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { localhostCertificate as secure } from "@weir/testkit/certificate";
import { Caller } from "../fixtures/caller.ts";
import { listen } from "../fixtures/listen.ts";
import { describeTransport, type Handler, type TransportServer } from "../fixtures/transport-suite.ts";
import { parseHttpTarget } from "./http-target.ts";

describeTransport("TCP", async (handler) => ({ ...(await listen(http.createServer(handler))), options: {} }));

describeTransport("TLS", async (handler) => {
  const server = await listen(https.createServer(secure, handler));
  return { ...server, url: `https://127.0.0.1:${server.port}`, options: { ca: secure.cert } };
});

describeTransport("a Unix socket", startOnUnixSocket);

describeTransport("HTTP/2", async (handler) => ({
  ...(await listen(http2.createServer(handler as never))),
  options: { httpVersion: "2" },
}));

describeTransport("HTTP/2 over TLS", async (handler) => {
  const server = await listen(http2.createSecureServer(secure, handler as never));
  const options = { httpVersion: "2", ca: secure.cert } as const;
  return { ...server, url: `https://127.0.0.1:${server.port}`, options };
});

async function startOnUnixSocket(handler: Handler): Promise<TransportServer> {
  const name = `weir-${randomUUID()}`;
  const file = process.platform === "win32" ? `\\\\.\\pipe\\${name}` : path.join(tmpdir(), `${name}.sock`);
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(file, resolve));
  return {
    url: toUnixUrl(file),
    options: {},
    hangUp: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

describe("whom a connection believes", () => {
  it("takes any certificate only when it is told to", async () => {
    await using server = await listen(https.createServer(secure, (_, response) => response.end("ok")));
    const url = `https://127.0.0.1:${server.port}`;
    expect((await new Caller(url).opened())?.kind).toBe("tls-failed");
    const caller = new Caller(url, { insecure: true });
    expect((await caller.call({ method: "GET", path: "/" })).body).toBe("ok");
    caller.close();
  });
});

describe("a peer that does not speak HTTP/2", () => {
  it("is named as such", async () => {
    await using server = await listen(http.createServer());
    const failure = await new Caller(server.url, { httpVersion: "2" }).opened();
    expect(["http2-failed", "connect-failed"]).toContain(failure?.kind);
    expect(failure?.message).toContain("HTTP/2");
  });

  it("is given up after the time for connecting", async () => {
    await using server = await listen(net.createServer());
    const failure = await new Caller(server.url, { httpVersion: "2", connectTimeoutMs: 30 }).opened();
    expect(failure?.kind).toBe("connect-timeout");
  });
});

describe("the address of a Unix socket", () => {
  it("is a URL that reads back", () => {
    const target = parseHttpTarget(toUnixUrl("/run/a b/model.sock", "/v1"));
    expect(target).toMatchObject({
      socketPath: "/run/a b/model.sock",
      basePath: "/v1",
      authority: "localhost",
    });
    expect(parseHttpTarget(target.url)).toEqual(target);
    expect(() => parseHttpTarget("http+unix:///x")).toThrow("must name its socket");
  });

  it("is named where there is no socket", async () => {
    const failure = await new Caller(toUnixUrl(path.join(tmpdir(), randomUUID()))).opened();
    expect(failure?.message).toContain("there is no socket");
  });
});
