import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let weir: RunningServer;
let root: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "weir-test-")));
  weir = await startWeir({
    allowRoots: [root],
    launchToken: "s3cret",
    limits: { inputs: 50, bodyBytes: 4_000_000 },
    aliases: { "text-embedding-3-small": "echo" },
  });
});
afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(weir.url + path, { headers });
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(weir.url + path, { method: "POST", headers, body: JSON.stringify(body) });

describe("where dialects meet on a path, the request decides", () => {
  it("GET / is Ollama's text, or JSON for who accepts it", async () => {
    expect(await (await get("/")).text()).toBe("Ollama is running");
    expect(await (await get("/", { accept: "application/json" })).json()).toMatchObject({
      name: "weir",
      models: ["echo"],
    });
    expect((await fetch(weir.url, { method: "HEAD" })).status).toBe(200);
  });

  it("GET /v1/models has OpenAI's shape, or Anthropic's", async () => {
    expect(await (await get("/v1/models")).json()).toMatchObject({
      object: "list",
      data: [{ id: "echo", object: "model" }, { id: "text-embedding-3-small" }],
    });
    const anthropic = await get("/v1/models", { "anthropic-version": "2023-06-01" });
    expect(await anthropic.json()).toMatchObject({
      data: [{ type: "model", id: "echo" }, { id: "text-embedding-3-small" }],
      has_more: false,
    });
  });

  it("GET /info has the sidecar's fields and TEI's", async () => {
    const info = await (await get("/info")).json();
    expect(info).toMatchObject({
      model_id: "echo",
      dim: 8,
      device: "cpu",
      max_input_length: 64,
      max_client_batch_size: 50,
    });
  });
});

describe("an alias", () => {
  it("is a name to ask for; the answer names the model that it stands for", async () => {
    const answer = await post("/v1/embeddings", { model: "text-embedding-3-small", input: "a" });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ model: "echo" });
    const unknown = await post("/v1/embeddings", { model: "gpt-9", input: "a" });
    expect(await unknown.text()).toContain("served: echo (also text-embedding-3-small)");
  });
});

describe("request ids", () => {
  it("keep the client's own under both names, where it is usable", async () => {
    const { headers } = await get("/health/live", { "x-request-id": "mine-1" });
    expect([headers.get("x-request-id"), headers.get("request-id")]).toEqual(["mine-1", "mine-1"]);
    const long = await get("/health/live", { "x-request-id": "x".repeat(500) });
    expect(long.headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{32}$/);
  });
});

describe("/embed-file", () => {
  it("embeds a file's chunks, as /embed embeds the same texts", async () => {
    await writeFile(join(root, "a.txt"), "the river holds water\n".repeat(20));
    const answer = await post("/embed-file", { path: join(root, "a.txt"), chunk_size: 22, max_chunks: 5 });
    expect(answer.status).toBe(200);
    const { chunks, vectors } = (await answer.json()) as { chunks: string[]; vectors: number[][] };
    expect(chunks).toEqual(Array.from({ length: 5 }, () => "the river holds water"));
    const { vectors: direct } = (await (await post("/embed", { texts: chunks })).json()) as {
      vectors: number[][];
    };
    expect(vectors).toEqual(direct);
  });

  it.each([
    [{ path: "/etc/passwd" }, 403],
    [{ path: "../secret" }, 403],
    [{ path: "missing.txt" }, 400],
    [{ path: "." }, 400],
    [{}, 400],
    [{ path: "a.txt", chunk_size: 10, chunk_overlap: 10 }, 400],
    [{ path: "a.txt", chunk_size: 2 }, 400],
    [{ path: "a.txt", chunk_size: 200_001 }, 400],
    // 40 chunks of nearly the same text are more than a request may hold.
    [{ path: "long.txt", chunk_size: 100_000, chunk_overlap: 99_999 }, 413],
  ])("answers %j with %i", async (body, status) => {
    await writeFile(join(root, "long.txt"), "x".repeat(101_000));
    await writeFile(join(root, "a.txt"), "the river holds water\n".repeat(20));
    const answer = await post("/embed-file", body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toHaveProperty("detail");
  });

  it("is forbidden where no root is allowed", async () => {
    await using closed = await startWeir();
    const answer = await fetch(`${closed.url}/embed-file`, {
      method: "POST",
      body: '{"path":"/etc/passwd"}',
    });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain("--allow-root");
  });
});

describe("/shutdown", () => {
  it("takes the launch token", async () => {
    expect((await post("/shutdown", {})).status).toBe(403);
    expect((await post("/shutdown", {}, { authorization: "Bearer wrong" })).status).toBe(403);
    expect((await post("/shutdown", {}, { authorization: "Bearer s3cret" })).status).toBe(200);
    await weir.shutdownRequested;
  });

  it("is never possible without one", async () => {
    await using closed = await startWeir();
    const answer = await fetch(`${closed.url}/shutdown`, {
      method: "POST",
      headers: { authorization: "Bearer " },
    });
    expect(answer.status).toBe(403);
  });
});
