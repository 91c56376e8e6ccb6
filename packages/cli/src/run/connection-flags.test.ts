import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveRunOptions } from "./resolve-run-options.ts";
import type { RunFlags } from "./run-flags.ts";

const connectionOf = async (flags: RunFlags): Promise<unknown> =>
  (await resolveRunOptions("http://h:1", flags, {})).connection;

describe("connection flags", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-connection-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("leave everything to the defaults where nothing is said", async () => {
    expect(await connectionOf({})).toEqual({});
  });

  it("say how the server is connected to", async () => {
    const ca = path.join(folder, "ca.pem");
    await writeFile(ca, "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
    expect(
      await connectionOf({
        ca,
        http2: true,
        connectTimeout: "2s",
        firstByteTimeout: "500ms",
        maxConnections: "64",
        retries: "3",
      }),
    ).toEqual({
      ca: expect.stringContaining("AA==") as string,
      httpVersion: "2",
      connectTimeoutMs: 2000,
      firstByteTimeoutMs: 500,
      maxConnections: 64,
      retries: 3,
    });
    expect(await connectionOf({ insecure: true })).toEqual({ insecure: true });
  });

  it("put a socket in the place of the server, and keep path and Host", async () => {
    const { url, headers, workload } = await resolveRunOptions(
      "http://shop.test:81/a/b",
      { unix: "/run/x y.sock" },
      {},
    );
    expect(url).toBe("http+unix://%2Frun%2Fx%20y.sock");
    expect(headers).toEqual({ Host: "shop.test:81" });
    expect(workload).toMatchObject({ kind: "http", requests: [{ path: "/a/b" }] });
    const own = await resolveRunOptions(
      "http://shop.test",
      { unix: "s", header: ["host: mine"], workload: "embeddings" },
      {},
    );
    expect(own.headers).toEqual({ host: "mine" });
    expect(own.url).toBe(`http+unix://${encodeURIComponent(path.resolve("s"))}`);
  });

  it("name what cannot be", async () => {
    const plain = path.join(folder, "plain.txt");
    await writeFile(plain, "no certificate");
    for (const [flags, message] of [
      [{ ca: path.join(folder, "none") }, "--ca: expected a file that can be read"],
      [{ ca: plain }, "--ca: expected certificates in PEM form"],
      [{ ca: plain, insecure: true }, "--ca and --insecure exclude each other"],
      [{ connectTimeout: "0s" }, "--connect-timeout: expected a duration"],
      [{ maxConnections: "0" }, "--max-connections: expected a whole number from 1 on"],
      [{ retries: "101" }, "--retries: expected a whole number from 0 to 100"],
    ] as const)
      await expect(connectionOf(flags)).rejects.toThrow(message);
    await expect(resolveRunOptions("https://h", { unix: "/s" }, {})).rejects.toThrow(
      "--unix needs an http: URL",
    );
  });
});
