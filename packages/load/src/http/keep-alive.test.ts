import { once } from "node:events";
import http from "node:http";
import { describe, expect, it } from "vitest";
import { Caller } from "../fixtures/caller.ts";
import { listen } from "../fixtures/listen.ts";
import { parseKeepAlive } from "./keep-alive.ts";

describe("parseKeepAlive", () => {
  it.each([
    [undefined, Infinity],
    ["max=100", Infinity],
    ["timeout=5", 4000],
    ["timeout=5, max=100", 4000],
    ["max=100, Timeout = 72", 71_000],
    ["timeout=1", 500],
    ["timeout=0", 0],
  ])("of %j is %d ms", (value, restMs) => {
    expect(parseKeepAlive(value)).toBe(restMs);
  });
});

describe("a connection", () => {
  it("is not used again shortly before the server closes it as idle", async () => {
    const server = http.createServer((_, response) =>
      response.setHeader("keep-alive", "timeout=0").end("ok"),
    );
    await using listening = await listen(server);
    const caller = new Caller(listening.url);
    expect(await caller.call({ method: "GET", path: "/" })).toMatchObject({
      status: 200,
      failure: undefined,
    });
    expect(caller.isIdle).toBe(false);
    caller.close();
  });

  it("is used again where the server says nothing of it, and is closed where it was lost", async () => {
    const server = http.createServer((_, response) => response.end("ok"));
    server.keepAliveTimeout = 0;
    await using listening = await listen(server);
    const caller = new Caller(listening.url);
    await caller.call({ method: "GET", path: "/" });
    expect(caller.isIdle).toBe(true);
    server.prependOnceListener("request", (request) => request.socket.destroy());
    const lost = await caller.call({ method: "GET", path: "/" });
    expect(lost.failure?.message).toMatch(/a connection that had answered before|while|reset/);
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
});
