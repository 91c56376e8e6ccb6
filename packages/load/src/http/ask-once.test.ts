import http from "node:http";
import https from "node:https";
import { describe, expect, it } from "vitest";
import { localhostCertificate as secure } from "@weir/testkit/certificate";
import { listen } from "../fixtures/listen.ts";
import { askOnce } from "./ask-once.ts";

const limits = { connectTimeoutMs: 5000, timeoutMs: 5000 };
const get = { method: "GET", path: "/info" };

describe("askOnce", () => {
  it("takes a certificate of the server's own only where it is told to", async () => {
    await using server = await listen(https.createServer(secure, (_, response) => response.end("yes")));
    const url = `https://127.0.0.1:${server.port}`;
    const answered = { kind: "answered", status: 200, body: Buffer.from("yes") };
    expect(await askOnce(url, get, { ...limits, insecure: true })).toMatchObject(answered);
    expect(await askOnce(url, get, { ...limits, ca: secure.cert })).toMatchObject(answered);
    expect(await askOnce(url, get, limits)).toMatchObject({ kind: "failed", failure: "tls-failed" });
  });

  it("names what failed, and stops reading what has no end", async () => {
    const server = http.createServer((_, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on("drain", write);
      write();
    });
    const listening = await listen(server);
    const asked = await askOnce(listening.url, get, { ...limits, mostBytes: 1_000_000 });
    expect(asked).toMatchObject({ kind: "failed", failure: "answer-too-large" });
    await listening[Symbol.asyncDispose]();
    expect(await askOnce(listening.url, get, limits)).toMatchObject({ failure: "connect-refused" });
  });

  it("rejects when its signal fires, and the server sees the client go", async () => {
    const signal = new AbortController();
    let onGone = (): void => {};
    const gone = new Promise<void>((resolve) => (onGone = resolve));
    await using server = await listen(
      http.createServer((request) => {
        request.socket.once("close", () => onGone());
        signal.abort(new Error("enough"));
      }),
    );
    await expect(askOnce(server.url, get, { ...limits, signal: signal.signal })).rejects.toThrow("enough");
    await gone;
  });
});
