import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { teiDialect } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { createDoctorCommand } from "./doctor-command.ts";

interface Outcome {
  readonly stdout: string;
  readonly exitCode: number;
}

async function runDoctor(...argv: string[]): Promise<Outcome> {
  const { context, written } = createTestContext();
  await createDoctorCommand(context).exitOverride().parseAsync(argv, { from: "user" });
  return { stdout: written.stdout, exitCode: context.exitCode };
}

interface TestServer {
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

async function listen(listener: RequestListener): Promise<TestServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A TEI server whose vectors have the given length. */
async function startTei(length: number): Promise<TestServer> {
  return listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method !== "POST" || request.url !== "/embed") {
        response.writeHead(404).end();
        return;
      }
      try {
        const { inputs } = teiDialect.parseRequest(JSON.parse(Buffer.concat(chunks).toString())).request;
        const texts = inputs.kind === "texts" ? inputs.texts : [];
        const rows = texts.map((text) => [length * Math.cos(text.length), length * Math.sin(text.length)]);
        response.end(JSON.stringify(rows));
      } catch {
        response.writeHead(400).end('{"error":"wrong","error_type":"Validation"}');
      }
    });
  });
}

describe("weir doctor URL", () => {
  it("finds nothing wrong with a good server", async () => {
    await using server = await startTei(1);
    const { stdout, exitCode } = await runDoctor(server.url);
    expect(stdout).toMatch(/^ok {6}reachable {12}GET \/ answered 404 in/);
    expect(stdout).toMatch(/^ok {6}norm/m);
    expect(stdout).toMatch(/^skipped info {17}the server has no \/info$/m);
    expect(stdout).toMatch(/\n\nNo problems found\.\n$/);
    expect(exitCode).toBe(0);
  });

  it("names what failed, says what to do, and exits with 1", async () => {
    await using server = await startTei(2);
    const { stdout, exitCode } = await runDoctor(server.url, "--dialect", "tei");
    expect(stdout).toMatch(/^fail {4}norm {17}expected length 1, got 2\n {29}fix: Scale vectors/m);
    expect(stdout).toMatch(/\n1 of 15 checks failed: norm\.\n$/);
    expect(exitCode).toBe(1);
  });

  it("writes nothing but JSON with --json", async () => {
    await using server = await startTei(1);
    const { stdout } = await runDoctor(server.url, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      url: server.url,
      reachable: true,
      dialect: "tei",
      outcome: "No problems found.",
    });
  });

  it("exits with 6 where nothing answers", async () => {
    const server = await startTei(1);
    await server[Symbol.asyncDispose]();
    const { stdout, exitCode } = await runDoctor(server.url);
    expect(stdout).toMatch(/^fail {4}reachable .*nothing listens at/);
    expect(exitCode).toBe(6);
  });

  it("refuses wrong flags", async () => {
    await expect(runDoctor("http://127.0.0.1:1", "--timeout", "soon")).rejects.toMatchObject({
      code: "USAGE",
    });
    await expect(runDoctor("ftp://host")).rejects.toMatchObject({ code: "USAGE" });
  });
});

describe("weir doctor", () => {
  it("examines this machine", async () => {
    const { stdout, exitCode } = await runDoctor("--json");
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; detail: string }[] };
    expect(checks.map(({ name }) => name)).toEqual([
      "node",
      "cores",
      "memory",
      "open files",
      "@weir/engine-onnx",
      "@weir/engine-llama",
    ]);
    expect(checks[0]?.detail).toBe(`Node ${process.versions.node}`);
    expect(checks.at(-2)).toMatchObject({ state: "ok", detail: "loads, and so does onnxruntime-node" });
    expect(checks.at(-1)).toMatchObject({ state: "ok", detail: "loads, and so does node-llama-cpp" });
    expect(exitCode).toBe(checks.some(({ state }) => state === "fail") ? 1 : 0);
  });

  it("writes a line for each check", async () => {
    const { stdout } = await runDoctor();
    expect(stdout).toMatch(/^(ok|warn) +node +Node \d+/);
    expect(stdout).toMatch(/^ok +@weir\/engine-onnx +loads/m);
  });
});
