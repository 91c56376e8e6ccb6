import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RunRecord } from "@weir/lab";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { runMain } from "../main.ts";

interface Seen {
  readonly line: string;
  readonly type: string | undefined;
  readonly host: string | undefined;
  readonly body: string;
}

interface Server extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly Seen[];
  lines(): readonly string[];
}

/** Embeddings at /v1/embeddings, 404 at /missing, and 200 with an empty object anywhere else. */
async function startServer(socket?: string): Promise<Server> {
  const seen: Seen[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const body = Buffer.concat(chunks).toString("latin1");
      seen.push({ line: `${method} ${url}`, type: headers["content-type"], host: headers.host, body });
      if (url === "/v1/embeddings") return response.end(embed(body));
      return response.writeHead(url === "/missing" || url === "/info" ? 404 : 200).end("{}");
    });
  });
  await new Promise<void>((resolve) => {
    if (socket === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(socket, resolve);
  });
  return {
    url: socket ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    lines: () => [...new Set(seen.map(({ line }) => line))].toSorted(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function embed(body: string): string {
  const { input } = JSON.parse(body) as { readonly input: readonly string[] };
  const data = input.map((_, index) => ({ object: "embedding", index, embedding: [0.6, 0.8] }));
  const usage = { prompt_tokens: 1, total_tokens: 1 };
  return JSON.stringify({ object: "list", model: "m", data, usage });
}

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly record: RunRecord;
}

describe("weir run with workloads of its own", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-cli-workloads-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function weir(...args: readonly string[]): Promise<Outcome> {
    const { context, written } = createTestContext({ env: { NO_COLOR: "1" } });
    const exitCode = await runMain(["run", ...args, "--out", folder, "--json"], context);
    const record = (written.stdout.startsWith("{") ? JSON.parse(written.stdout) : undefined) as RunRecord;
    return { ...written, exitCode, record };
  }

  async function file(name: string, content: string): Promise<string> {
    const place = path.join(folder, name);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, content);
    return place;
  }

  describe("plain HTTP", () => {
    it("is what a URL with a path means, and says so", async () => {
      await using server = await startServer();
      const { record, stderr } = await weir(`${server.url}/items?page=2`, "--requests", "12");
      expect(record.summary).toMatchObject({ completed: 12, units: { kind: "requests", total: 12 } });
      expect(record.plan.workload).toMatchObject({
        kind: "http",
        methods: ["GET"],
        requests: 1,
        expect: "2xx",
      });
      expect(record.plan.url).toBe(server.url);
      expect(server.lines()).toEqual(["GET /items?page=2"]);
      expect(stderr).toContain("taken as plain HTTP, GET /items?page=2, because the URL names a path");
    });

    it("posts a body, announced as what it is", async () => {
      await using server = await startServer();
      await weir(`${server.url}/json`, "--requests", "1", "--body", '{"a":1}');
      await weir(`${server.url}/text`, "--requests", "1", "--body", "a=1");
      await weir(`${server.url}/own`, "--requests", "1", "--body", "{}", "--header", "content-type: text/x");
      const body = await file("body.json", '{"b":2}');
      await weir(`${server.url}/file`, "--requests", "1", "--body-file", body, "--method", "put");
      expect(server.seen.map(({ line, type, body: sent }) => [line, type, sent])).toEqual([
        ["POST /json", "application/json", '{"a":1}'],
        ["POST /text", "text/plain; charset=utf-8", "a=1"],
        ["POST /own", "text/x", "{}"],
        ["PUT /file", "application/json", '{"b":2}'],
      ]);
    });

    it("goes through a file of targets", async () => {
      await using server = await startServer();
      const body = await file("order.json", "{}");
      const targets = await file("targets.txt", `GET ${server.url}/a\n\nPOST /b\nX-A: 1\n@${body}\n`);
      const { record } = await weir(server.url, "--targets", targets, "--users", "1", "--requests", "4");
      expect(record.summary.completed).toBe(4);
      expect(server.lines()).toEqual(["GET /a", "POST /b"]);
      expect(server.seen.find(({ line }) => line === "POST /b")?.type).toBe("application/json");
    });

    it("holds answers to the statuses that are expected", async () => {
      await using server = await startServer();
      const good = await weir(`${server.url}/missing`, "--requests", "3", "--expect", "404");
      expect(good.record.summary).toMatchObject({ completed: 3, failed: { total: 0 } });
      const bad = await weir(`${server.url}/x`, "--requests", "3", "--expect", "201,3xx");
      expect(bad.record.summary.failed.byKind["http-200"]).toMatchObject({
        count: 3,
        firstMessage: "status 200, expected 201,3xx",
      });
    });

    it("goes through a Unix socket, with the Host that the URL names", async () => {
      const socket = path.join(folder, "s.sock");
      await using server = await startServer(socket);
      const named = await weir("http://shop.test/items", "--unix", socket, "--requests", "1");
      expect(named.record.summary.completed).toBe(1);
      await weir("--unix", socket, "--workload", "http", "--requests", "1");
      expect(server.seen.map(({ line, host }) => [line, host])).toEqual([
        ["GET /items", "shop.test"],
        ["GET /", "localhost"],
      ]);
    });
  });

  it("uploads the files of a folder, in a form or as they are", async () => {
    await using server = await startServer();
    await file("in/a.png", "PNG");
    await file("in/deep/b.pdf", "PDF");
    await file("in/.hidden", "no");
    const files = path.join(folder, "in");
    const form = await weir(`${server.url}/scan`, "--files", files, "--field", "page", "--requests", "4");
    expect(form.record.plan.workload).toMatchObject({
      kind: "upload",
      form: "multipart",
      files: 2,
      bytes: 6,
    });
    expect(form.record.summary).toMatchObject({ completed: 4, units: { kind: "files", total: 4 } });
    const sent = server.seen.find(({ body }) => body.includes("PDF"))!;
    expect(sent.type).toMatch(/^multipart\/form-data; boundary=/);
    expect(sent.body).toContain('name="page"; filename="b.pdf"\r\nContent-Type: application/pdf');

    await weir(`${server.url}/raw`, "--workload", "image", "--files", files, "--raw", "--requests", "3");
    const raw = server.seen.filter(({ line }) => line === "POST /raw");
    expect(raw).toHaveLength(3);
    expect(raw[0]).toMatchObject({ type: "image/png", body: "PNG" });
    expect(new Set(raw.map(({ body }) => body))).toEqual(new Set(["PNG"]));
  });

  it("runs a scenario on one line, step by step", async () => {
    await using server = await startServer();
    const scenario = await file(
      "visit.ts",
      `import { defineScenario, type ScenarioAnswer } from "@weir/load";
       export default defineScenario({
         name: "a visit",
         steps: ["look", "buy"],
         *user({ index }) {
           const seen: ScenarioAnswer = yield { step: "look", path: \`/look/\${index}\` };
           if (seen.text() !== "{}") throw new Error("nothing to see");
           yield { step: "buy", path: "/buy", json: { of: index } };
         },
       });`,
    );
    const { record, exitCode } = await weir(
      server.url,
      "--scenario",
      scenario,
      ..."--users 2 --duration 400ms --warmup 0s".split(" "),
    );
    expect([0, 5]).toContain(exitCode);
    expect(record.plan.workload).toEqual({
      kind: "scenario",
      name: "a visit",
      file: scenario,
      steps: ["look", "buy"],
      hash: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    });
    expect(server.lines()).toEqual(["GET /look/0", "GET /look/1", "POST /buy"]);
    expect(record.summary.completed).toBeGreaterThan(4);
    expect(record.summary.failed.total).toBe(0);
  });

  it.each<[what: string, text: string, message: RegExp]>([
    ["no export", "export const a = 1;", /it has no default export/],
    ["syntax", 'export default {\n  name: "x",\n  user( {\n};', /cannot be run: line \d: /],
    ["a throw", 'throw new Error("not today");', /cannot be run: line 1: not today/],
  ])("refuses a scenario that is none, before anything is sent: %s", async (_, text, message) => {
    await using server = await startServer();
    const { exitCode, stderr } = await weir(server.url, "--scenario", await file("bad.ts", text));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
    expect(server.seen).toEqual([]);
  });

  it("mixes workloads by their weights, each with its own flags", async () => {
    await using server = await startServer();
    const { record } = await weir(
      server.url,
      "--mix",
      "3 embeddings --batch 2 --dialect openai --model m",
      "--mix",
      '1 health=http "/health?a" --expect 200',
      ..."--users 2 --requests 40".split(" "),
    );
    expect(record.plan.workload).toMatchObject({
      kind: "mixed",
      parts: [
        { name: "embeddings", weight: 3, workload: { kind: "embeddings", batch: 2, dialect: "openai" } },
        { name: "health", weight: 1, workload: { kind: "http", expect: "200" } },
      ],
    });
    expect(record.summary).toMatchObject({ completed: 40, units: { kind: "requests", total: 40 } });
    expect(server.seen.filter(({ line }) => line === "GET /health?a")).toHaveLength(10);
    expect(server.seen.filter(({ line }) => line === "POST /v1/embeddings")).toHaveLength(30);
  });

  it("finds out for each part of a mix what it leaves open", async () => {
    await using server = await startServer();
    const { record } = await weir(
      server.url,
      "--mix",
      "1 embeddings",
      "--mix",
      "1 large=embeddings --batch 4",
      "--requests",
      "10",
    );
    expect(record.plan.workload).toMatchObject({
      parts: [{ workload: { dialect: "openai", batch: 1 } }, { workload: { dialect: "openai", batch: 4 } }],
    });
    expect(record.summary.units).toMatchObject({ kind: "texts", total: 25 });
  });

  it("lists presets without a URL, each with its origin and shape", async () => {
    const { exitCode, stdout } = await weir("--list-presets");
    expect(exitCode).toBe(0);
    for (const name of ["smoke", "burst", "stress", "stream-fixed", "ramp-605"])
      expect(stdout).toMatch(new RegExp(`^${name} +\\S`, "m"));
    expect(stdout.match(/^ +origin: \S/gm)).toHaveLength(5);
    expect(stdout).toMatch(/605 requests,\s+10 to 100\s+users in 30 s/);
  });

  it("runs a preset, and records which", async () => {
    await using server = await startServer();
    const { record } = await weir(server.url, "--preset", "smoke", "--requests", "7");
    expect(record.plan.preset).toEqual({ name: "smoke", metric: null });
    expect(record.schedule.users).toBe(1);
    expect(record.summary.completed).toBe(7);
  });

  it("needs a URL, and says how to get one", async () => {
    const { exitCode, stderr } = await weir("--requests", "1");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("the URL of the server is missing, e.g. weir run http://127.0.0.1:8787");
  });
});
