import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WeirError } from "@weir/protocol";
import type { RunningServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mutationsOf, valuesOf, type BodySchema } from "./fixtures/schema-values.ts";

// The same tries each time, so that a failure is there again. More, or others: WEIR_FUZZ_RUNS=20000 WEIR_FUZZ_SEED=7 npx vitest run packages/server/src/security/fuzz.test.ts
const numRuns = Number(process.env["WEIR_FUZZ_RUNS"] ?? 200);
const seed = Number(process.env["WEIR_FUZZ_SEED"] ?? 1);
const patient = Math.max(120_000, numRuns * 50);

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly body: BodySchema | undefined;
}

let weir: RunningServer;
let root: string;
let operations: Operation[];
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "weir-test-"));
  await writeFile(join(root, "a.txt"), "the river holds water\n".repeat(20));
  weir = await startWeir({
    allowRoots: [root],
    launchToken: "s3cret",
    limits: { inputs: 50, bodyBytes: 300_000 },
    // Looks for the folder only: what follows is the engine's.
    locateModel: async (path) => {
      throw new WeirError("MODEL_INVALID", `${path}: expected a model folder, got nothing there`);
    },
  });
  const description = (await (await fetch(`${weir.url}/openapi.json`)).json()) as {
    paths: Record<
      string,
      Record<string, { requestBody?: { content: Record<string, { schema: BodySchema }> } }>
    >;
  };
  operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      body: Object.values(requestBody?.content ?? {})[0]?.schema,
    })),
  );
});
afterAll(async () => {
  agent.destroy();
  await weir[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

interface Try {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

function send(method: string, { path, headers, body }: Try): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(weir.url);
  const length = body === undefined ? {} : { "content-length": String(body.length) };
  return new Promise((resolve, reject) => {
    const call = request(
      { hostname, port, method, path, headers: { ...headers, ...length }, agent },
      (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("end", () =>
          resolve({ status: response.statusCode!, text: Buffer.concat(pieces).toString() }),
        );
        response.on("error", reject);
      },
    );
    call.on("error", (error: NodeJS.ErrnoException) => {
      // A body above the limit is not read; its connection may be gone before the answer is.
      if (error.code === "EPIPE" || (error.code === "ECONNRESET" && (body?.length ?? 0) > 60_000))
        resolve({ status: 413, text: "" });
      else reject(error);
    });
    call.end(body);
  });
}

const toBytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value) ?? "");
const visible = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const headers = fc.record(
  {
    "content-type": fc.oneof(
      fc.constantFrom("application/json", "text/plain", "multipart/form-data", "x"),
      visible,
    ),
    accept: fc.oneof(fc.constantFrom("application/json", "text/event-stream", "*/*;q=0"), visible),
    "x-request-id": visible,
    "x-request-timeout": fc.oneof(fc.constantFrom("1", "0", "-1", "1e9", "30s", "NaN"), visible),
    "anthropic-version": visible,
    authorization: fc.oneof(fc.constantFrom("Bearer x", "Bearer "), visible),
    "x-api-key": visible,
    traceparent: fc.oneof(fc.constant("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), visible),
    "x-stainless-retry-count": visible,
    "accept-encoding": visible,
  },
  { requiredKeys: [] },
);

function bodies(schema: BodySchema | undefined): fc.Arbitrary<Uint8Array | undefined> {
  const anything = [
    fc
      .constantFrom(
        undefined,
        "",
        "{",
        "null",
        "[".repeat(50_000),
        `{"a":${"[".repeat(20_000)}`,
        '{"__proto__":{"texts":["a"]}}',
      )
      .map((text) => (text === undefined ? undefined : Buffer.from(text))),
    fc.uint8Array({ maxLength: 300 }),
    fc.jsonValue().map(toBytes),
  ];
  if (schema === undefined) return fc.oneof(...anything);
  const valid = valuesOf(schema).map(toBytes);
  return fc.oneof(
    ...anything,
    { weight: 3, arbitrary: valid },
    { weight: 8, arbitrary: mutationsOf(schema).map(toBytes) },
    fc.tuple(valid, fc.nat(), fc.nat(255)).map(([bytes, at, by]) => {
      const changed = Uint8Array.from(bytes);
      if (changed.length > 0) changed[at % changed.length] = by;
      return by % 3 === 0 ? changed.subarray(0, at % (changed.length + 1)) : changed;
    }),
  );
}

/** What no answer may be; undefined where it is in order. */
function findFault({ status, text }: { status: number; text: string }): string | undefined {
  if (status >= 500 && status !== 503 && status !== 504) return `${status}: ${text.slice(0, 500)}`;
  // Neither code nor places in it are the client's.
  const stack = /\bat .*[\w)]:\d+:\d+|node:internal|node_modules/.exec(text);
  return stack === null ? undefined : `${status} with a stack: ${text.slice(0, 500)}`;
}

async function checkHealthy(): Promise<void> {
  const health = await send("GET", { path: "/health/ready", headers: {}, body: undefined });
  expect(health.status, health.text).toBe(200);
  const [model] = await weir.ready;
  expect(model!.state).toMatchObject({ kind: "ready", restarts: 0 });
  expect((await send("POST", { path: "/embed", headers: {}, body: toBytes({ texts: ["a"] }) })).status).toBe(
    200,
  );
}

describe("whatever is sent", () => {
  it("no route of /openapi.json answers 500, and the server goes on", { timeout: patient }, async () => {
    expect(operations.length).toBeGreaterThan(8);
    expect(operations.filter(({ body }) => body !== undefined).length).toBeGreaterThan(3);
    const statuses = new Map<string, Set<number>>();
    await Promise.all(
      operations.map(async ({ method, path, body }) => {
        const seen = new Set<number>();
        statuses.set(`${method} ${path}`, seen);
        // A path with parameters gets anything in their places.
        const paths = fc
          .tuple(fc.webSegment(), fc.option(fc.webQueryParameters()))
          .map(
            ([segment, query]) => path.replaceAll(/\{\w+\}/g, segment) + (query === null ? "" : `?${query}`),
          );
        const tries: fc.Arbitrary<Try> = fc.record({
          path: paths,
          headers,
          body: method === "GET" || method === "HEAD" ? fc.constant(undefined) : bodies(body),
        });
        const property = fc.asyncProperty(tries, async (attempt) => {
          // Past the door, or nothing behind it would be tried.
          const door: Record<string, string> = path.startsWith("/admin/")
            ? { "x-launch-token": "s3cret" }
            : {};
          const answer = await send(method, { ...attempt, headers: { ...attempt.headers, ...door } });
          seen.add(answer.status);
          expect(findFault(answer)).toBeUndefined();
        });
        await fc.assert(property, {
          numRuns: body === undefined ? Math.ceil(numRuns / 4) : numRuns,
          seed,
          endOnFailure: true,
        });
      }),
    );
    // Valid requests were among them, or the fuzzing got nowhere.
    for (const path of ["/v1/embeddings", "/api/embed", "/embed", "/embed-file"])
      expect([...statuses.get(`POST ${path}`)!], path).toEqual(expect.arrayContaining([200, 400]));
    await checkHealthy();
  });

  it("no method and no path answers 500", { timeout: patient }, async () => {
    const tries = fc.tuple(
      fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"),
      fc.oneof(
        fc.webPath(),
        fc.constantFrom(
          "*",
          "/%",
          "/%ff",
          "/%00",
          "//",
          "/..",
          `/${"a".repeat(5_000)}`,
          "/v1/models/%2e%2e",
          "/admin/models/%",
        ),
        fc
          .tuple(fc.constantFrom(...operations.map(({ path }) => path)), visible)
          .map(([path, more]) => path + encodeURI(more)),
      ),
      headers,
      bodies(undefined),
    );
    const property = fc.asyncProperty(tries, async ([method, path, given, body]) => {
      const start = path.startsWith("/") || path === "*" ? path : `/${path}`;
      expect(findFault(await send(method, { path: start, headers: given, body }))).toBeUndefined();
    });
    await fc.assert(property, { numRuns, seed, endOnFailure: true });
    await checkHealthy();
  });

  it("no bytes on the socket end the server", { timeout: patient }, async () => {
    const valid = 'POST /embed HTTP/1.1\r\nhost: localhost\r\ncontent-length: 15\r\n\r\n{"texts":["a"]}';
    const chunked =
      'POST /embed HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nf\r\n{"texts":["a"]}\r\n0\r\n\r\n';
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .tuple(fc.constantFrom(valid, chunked, valid + chunked), fc.nat(), fc.uint8Array({ maxLength: 20 }))
        .map(([text, at, by]) => {
          const cut = at % (text.length + 1);
          return Buffer.concat([
            Buffer.from(text.slice(0, cut)),
            by,
            Buffer.from(text.slice(cut + (at % 3) * by.length)),
          ]);
        }),
    );
    const { port } = new URL(weir.url);
    const property = fc.asyncProperty(bytes, async (sent) => {
      const socket = connect(Number(port), "127.0.0.1");
      const pieces: Buffer[] = [];
      socket.on("data", (piece: Buffer) => pieces.push(piece));
      socket.on("error", () => {});
      const closed = new Promise((resolve) => socket.once("close", resolve));
      await once(socket, "connect");
      socket.end(sent);
      await closed;
      expect(Buffer.concat(pieces).toString("latin1")).not.toMatch(/HTTP\/1\.1 5\d\d/);
    });
    await fc.assert(property, { numRuns: Math.ceil(numRuns / 2), seed, endOnFailure: true });
    await checkHealthy();
  });
});
