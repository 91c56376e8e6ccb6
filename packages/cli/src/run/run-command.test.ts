import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import type { RunRecord } from "@weir/lab";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { createRunCommand } from "./run-command.ts";

async function startServer(
  options: {
    readonly dieAfter?: number;
    readonly failEvery?: number;
    readonly onEmbed?: (index: number) => void;
  } = {},
): Promise<AsyncDisposable & { readonly url: string }> {
  let index = 0;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.url !== "/v1/embeddings") return response.writeHead(404).end("{}");
      index += 1;
      options.onEmbed?.(index);
      if (index > (options.dieAfter ?? Infinity)) {
        response.destroy();
        server.closeAllConnections();
        return server.close();
      }
      if (index % (options.failEvery ?? Infinity) === 0)
        return response.writeHead(503).end('{"error":{"message":"the model is full","type":"t"}}');
      const { input } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { input: string[] };
      const data = input.map((_, place) => ({ object: "embedding", index: place, embedding: [0.6, 0.8] }));
      return response.end(
        JSON.stringify({ object: "list", model: "m", data, usage: { prompt_tokens: 1, total_tokens: 1 } }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("weir run", () => {
  let out = "";
  beforeEach(async () => {
    out = await mkdtemp(path.join(tmpdir(), "weir-cli-runs-"));
  });
  afterEach(async () => {
    await rm(out, { recursive: true, force: true });
  });

  async function weirRun(
    args: readonly string[],
    options: { readonly terminal?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<Outcome> {
    const { context, written } = createTestContext({ env: { NO_COLOR: "1" }, ...options });
    const program = new Command().addCommand(createRunCommand(context));
    await program.parseAsync(["run", ...args, "--out", out], { from: "user" });
    return { ...written, exitCode: context.exitCode };
  }

  it("says the result in one sentence, then a table, then where the folder is", async () => {
    await using server = await startServer();
    const { stdout, stderr } = await weirRun([
      server.url,
      "--requests",
      "100",
      "--users",
      "2",
      "--batch",
      "3",
    ]);
    expect(stdout).toMatch(
      /^\n(INVALID )?.*texts\/s at 2 users: half the requests took under [\d.]+ ms, 95 % under [\d.]+ ms; no errors\.\n/,
    );
    expect(stdout).toMatch(/\n {2}rate +offered +sent +completed +in all\n/);
    expect(stdout).toMatch(/\n {2}texts\/s .* 300\n/);
    expect(stdout).toMatch(/\n {2}response .* n too small .* 100\n/);
    expect(stdout).toContain("errors      none");
    expect(stdout).toContain("truncated   the server does not say");
    const folder = /run folder {2}(.+)\n/.exec(stdout)?.[1] ?? "";
    expect(JSON.parse(await readFile(path.join(folder, "run.json"), "utf8"))).toMatchObject({
      summary: { completed: 100 },
    });
    expect(stderr).toContain("2 users, 3 texts a request");
    expect(stderr).toContain("chose openai");
  });

  it("prints exactly run.json on stdout with --json", async () => {
    await using server = await startServer();
    const { stdout, stderr } = await weirRun([
      server.url,
      "--requests",
      "5",
      "--json",
      "--dialect",
      "openai",
      "--model",
      "m",
    ]);
    const record = JSON.parse(stdout) as RunRecord;
    expect(await readFile(path.join(out, record.id, "run.json"), "utf8")).toBe(stdout);
    expect(stderr).toContain("texts/s at 4 users");
  });

  it("shows nothing on the way with --quiet", async () => {
    await using server = await startServer();
    const { stdout, stderr } = await weirRun([server.url, "--requests", "5", "--quiet"], { terminal: true });
    expect(stderr).toBe("");
    expect(stdout).toContain("texts/s");
  });

  it("draws progress on a terminal and takes it away at the end", async () => {
    await using server = await startServer();
    const { stdout, stderr } = await weirRun([server.url, "--duration", "600ms", "--warmup", "300ms"], {
      terminal: true,
    });
    expect(stderr).toContain("warming up");
    expect(stderr).toMatch(/measuring .*━/);
    expect(stderr.endsWith("\r\u001B[0J")).toBe(true);
    const lines = stdout.split("\n");
    // Above the table stands the verdict, whole; on a machine too busy to measure it is a long one.
    const from = lines.findIndex((line) => line.includes("offered"));
    expect(from).toBeGreaterThan(0);
    const table = lines.slice(from).filter((line) => !line.includes("run folder"));
    expect(Math.max(...table.map((line) => line.length))).toBeLessThan(72);
  });

  it("counts errors by kind with the first body, and fails the limit", async () => {
    await using server = await startServer({ failEvery: 5 });
    const { stdout, exitCode } = await weirRun([server.url, "--requests", "50", "--dialect", "openai"]);
    expect(stdout).toMatch(/errors {6}http-503 {2}10 {2}status 503 instead of 200: the model is full\n/);
    expect(stdout).toContain('first body: {"error":{"message":"the model is full"');
    expect(stdout).toMatch(/LIMIT MISSED|INVALID/);
    expect([1, 5]).toContain(exitCode);
  });

  it("ends with 6 where nothing listens, with a folder all the same", async () => {
    const server = await startServer();
    await server[Symbol.asyncDispose]();
    const { stdout, exitCode } = await weirRun([server.url]);
    expect(exitCode).toBe(6);
    expect(stdout).toMatch(/^\nNOT MEASURED The target could not be measured: /);
    expect(stdout).toContain("run folder");
  });

  it("ends with 3 where the server dies half way, with the counts so far", async () => {
    await using server = await startServer({ dieAfter: 30 });
    const { stdout, exitCode } = await weirRun([
      server.url,
      "--dialect",
      "openai",
      "--duration",
      "60s",
      "--warmup",
      "0s",
    ]);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/STOPPED EARLY The target stopped answering after .* Until then: .* texts\/s/);
    expect(stdout).toContain("connect-refused");
  });

  it("ends with 130 on Ctrl-C, with the counts so far", async () => {
    const interrupt = new AbortController();
    await using server = await startServer({
      onEmbed: (index) => (index === 20 ? interrupt.abort() : undefined),
    });
    const { stdout, exitCode } = await weirRun([server.url, "--dialect", "openai", "--warmup", "0s"], {
      signal: interrupt.signal,
    });
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/INTERRUPTED Interrupted after .* texts\/s at 4 users/);
  });

  it("refuses bad flags before anything is sent", async () => {
    await expect(weirRun(["localhost:1", "--users", "none", "--duration", "30"])).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/--users: expected .*\n--duration: expected /) as string,
    });
  });
});
