import { EventEmitter, once } from "node:events";
import { openaiDialect, WeirError } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { createClient } from "./create-client.ts";
import { answerError, answerVectors, startServer, type Answer } from "./fixtures/text-server.ts";

const soon = { "retry-after-ms": "1" };

describe("createClient", () => {
  it("embeds a long list in batches, in order", async () => {
    await using server = await startServer(answerVectors);
    const client = createClient({
      url: server.url,
      model: "m",
      apiKey: "key",
      batchSize: 3,
      normalize: false,
    });
    const { vectors, inputTokens, truncated } = await client.embed(["1", "2", "3", "4", "5", "6", "7"]);
    expect(vectors).toMatchObject({ count: 7, dimensions: 2 });
    const third = Math.fround(1 / 3);
    expect([...vectors.values]).toEqual([1, 2, 3, 4, 5, 6, 7].flatMap((value) => [value, third]));
    expect([inputTokens, truncated]).toEqual([7, 3]);
    expect(server.bodies.map(({ input }) => input)).toEqual([["1", "2", "3"], ["4", "5", "6"], ["7"]]);
    expect(server.bodies[0]).toMatchObject({ model: "m", encoding_format: "base64" });
    expect(server.headers[0]).toMatchObject({
      authorization: "Bearer key",
      "content-type": "application/json",
    });
  });

  it.each([
    ["a", "a string. For one text: [text]"],
    [undefined, "undefined"],
    [null, "null"],
    [7, "number"],
  ])("says what is wrong with %j in place of a list", async (texts, got) => {
    const client = createClient({ url: "http://127.0.0.1:1" });
    const expected = {
      code: "INVALID_REQUEST",
      field: "texts",
      message: expect.stringContaining(`got ${got}`),
    };
    await expect(client.embed(texts as never)).rejects.toMatchObject(expected);
    await expect(client.embedStream(texts as never).next()).rejects.toMatchObject(expected);
  });

  it("keeps the order with several requests in flight, and never more than asked", async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    await using server = await startServer((texts, response) => {
      waiting.push(() => answerVectors(texts, response));
      most = Math.max(most, waiting.length);
      // The last of a pair is answered first.
      if (waiting.length === 2 || texts[0] === "5")
        for (const answer of waiting.splice(0).toReversed()) answer();
    });
    const client = createClient({ url: server.url, batchSize: 1, concurrency: 2, normalize: false });
    const { vectors } = await client.embed(["1", "2", "3", "4", "5"]);
    expect([...vectors.values].filter((_, index) => index % 2 === 0)).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(2);
  });

  it("takes one signal for many calls without a warning of a leak", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    await using server = await startServer(answerVectors);
    const { signal } = new AbortController();
    const client = createClient({ url: server.url, batchSize: 1, concurrency: 20 });
    const texts = Array.from({ length: 40 }, (_, index) => String(index + 1));
    await Promise.all(Array.from({ length: 20 }, () => client.embed(texts, { signal })));
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  it("gives a block of no rows for no texts, without asking", async () => {
    const client = createClient({ url: "http://127.0.0.1:1" });
    const { vectors } = await client.embed([]);
    expect(vectors).toEqual({ count: 0, dimensions: 0, values: new Float32Array(0) });
  });

  it("tries again when the server is full, and then gives up with its message", async () => {
    let refusals = 2;
    await using server = await startServer((texts, response) => {
      refusals -= 1;
      if (refusals >= 0)
        answerError(new WeirError("QUEUE_FULL", "256 of 256 places are taken"), response, soon);
      else answerVectors(texts, response);
    });
    const client = createClient({ url: server.url });
    await expect(client.embed(["1"])).resolves.toMatchObject({ vectors: { count: 1 } });
    expect(server.bodies).toHaveLength(3);
    refusals = 3;
    await expect(client.embed(["1"])).rejects.toMatchObject({
      code: "QUEUE_FULL",
      message: `${server.url}/v1/embeddings answered 503: 256 of 256 places are taken`,
      retryAfterMs: 1,
    });
    expect(server.bodies).toHaveLength(6);
  });

  it("does not try again what cannot pass", async () => {
    await using server = await startServer((_texts, response) =>
      answerError(new WeirError("MODEL_NOT_FOUND", "model x is not served here"), response),
    );
    await expect(createClient({ url: server.url }).embed(["1"])).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
    });
    expect(server.bodies).toHaveLength(1);
  });

  it("obeys x-should-retry: false on a 500", async () => {
    await using server = await startServer((_texts, response) =>
      response.writeHead(500, { "x-should-retry": "false" }).end("boom"),
    );
    await expect(createClient({ url: server.url }).embed(["1"])).rejects.toMatchObject({
      code: "ENGINE_FAILED",
      message: expect.stringContaining('answered 500: "boom"') as string,
    });
    expect(server.bodies).toHaveLength(1);
  });

  it("says what it could not reach", async () => {
    const server = await startServer(answerVectors);
    await server[Symbol.asyncDispose]();
    const client = createClient({ url: server.url, retries: 0 });
    await expect(client.embed(["1"])).rejects.toMatchObject({
      code: "TARGET_UNREACHABLE",
      message: expect.stringMatching(/\/v1\/embeddings could not be reached: .*ECONNREFUSED/) as string,
    });
  });

  it("spends no more than timeoutMs, its retries included", async () => {
    await using server = await startServer(() => {});
    const client = createClient({ url: server.url, retries: 5, timeoutMs: 30 });
    await expect(client.embed(["1"])).rejects.toMatchObject({
      code: "TARGET_UNREACHABLE",
      message: expect.stringContaining("did not answer within 30 ms") as string,
    });
    // None where the machine was so busy that the time was over before the first had arrived.
    expect(server.bodies.length).toBeLessThanOrEqual(1);
  });

  it("tells the server what is left of timeoutMs, and which attempt it is", async () => {
    let refusals = 2;
    await using server = await startServer((texts, response) => {
      refusals -= 1;
      if (refusals >= 0)
        answerError(new WeirError("QUEUE_FULL", "full"), response, { "retry-after-ms": "5" });
      else answerVectors(texts, response);
    });
    await createClient({ url: server.url, timeoutMs: 20_000 }).embed(["1"]);
    const left = server.headers.map((headers) => Number(headers["x-request-timeout"]));
    expect(left[0]).toBeGreaterThan(0);
    expect(left[0]).toBeLessThanOrEqual(20);
    // Each attempt comes at least the wait before it later.
    expect(left[1]).toBeLessThanOrEqual(left[0]! - 0.004);
    expect(left[2]).toBeLessThanOrEqual(left[1]! - 0.004);
    expect(server.headers.map((headers) => headers["x-stainless-retry-count"])).toEqual([
      undefined,
      "1",
      "2",
    ]);
    const headers = { "X-Request-Timeout": "7" };
    await createClient({ url: server.url, headers }).embed(["1"]);
    expect(server.headers.at(-1)).toMatchObject({ "x-request-timeout": "7" });
  });

  it("fails at once where the server asks for a longer wait than is left", async () => {
    await using server = await startServer((_texts, response) =>
      answerError(new WeirError("QUEUE_FULL", "full"), response, { "retry-after": "45" }),
    );
    await expect(createClient({ url: server.url }).embed(["1"])).rejects.toMatchObject({
      code: "QUEUE_FULL",
      retryAfterMs: 45_000,
      message: expect.stringMatching(
        /answered 503: full \(the server says to come back in 4\d\.\d s, and \d+\.\d s are left of timeoutMs\)$/,
      ) as string,
    });
    expect(server.bodies).toHaveLength(1);
  });

  it("does not send again what was too late for its deadline", async () => {
    await using server = await startServer((_texts, response) =>
      answerError(new WeirError("DEADLINE_EXCEEDED", "too late"), response, { "x-should-retry": "false" }),
    );
    await expect(createClient({ url: server.url }).embed(["1", "2"])).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
      field: undefined,
    });
    expect(server.bodies).toHaveLength(1);
  });

  it("stops at the caller's signal: before, during a request, during a wait", async () => {
    const controller = new AbortController();
    await using silent = await startServer(() => controller.abort(new Error("enough")));
    const cancelled = expect.objectContaining({
      code: "CANCELLED",
      cause: expect.objectContaining({ message: "enough" }) as unknown,
    }) as unknown;
    const { signal } = controller;
    await expect(createClient({ url: silent.url }).embed(["1"], { signal })).rejects.toEqual(cancelled);
    await expect(createClient({ url: silent.url }).embed(["1"], { signal })).rejects.toEqual(cancelled);
    expect(silent.bodies).toHaveLength(1);

    const later = new AbortController();
    await using full = await startServer((_texts, response) => {
      response.on("close", () => setImmediate(() => later.abort(new Error("enough"))));
      answerError(new WeirError("QUEUE_FULL", "full"), response, { "retry-after": "15" });
    });
    await expect(createClient({ url: full.url }).embed(["1"], { signal: later.signal })).rejects.toEqual(
      cancelled,
    );
  });

  it("cancels the other requests of a call when one fails for good", async () => {
    const otherRequest = new EventEmitter();
    const otherClosed = once(otherRequest, "closed");
    const waiting: (() => void)[] = [];
    await using server = await startServer((texts, response) => {
      if (texts[0] === "1") waiting.push(() => answerError(new WeirError("INVALID_REQUEST", "no"), response));
      else {
        response.on("close", () => otherRequest.emit("closed"));
        waiting.push(() => {});
      }
      if (waiting.length === 2) for (const answer of waiting) answer();
    });
    const client = createClient({ url: server.url, batchSize: 1, concurrency: 2 });
    await expect(client.embed(["1", "2"])).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    await otherClosed;
  });

  it.each<[string, (response: Answer) => void, RegExp]>([
    ["too few vectors", (response) => answerVectors(["1"], response), /expected 2 vectors, got 1/],
    ["a body that is no JSON", (response) => response.end("<html>"), /expected a JSON body/],
    ["a redirect", (response) => response.writeHead(302, { location: "/" }).end(), /answered 302/],
  ])("names an answer of %s", async (_name, answer, message) => {
    await using server = await startServer((_texts, response) => answer(response));
    await expect(createClient({ url: server.url }).embed(["1", "2"])).rejects.toMatchObject({
      code: "TARGET_ANSWER_INVALID",
      message: expect.stringMatching(message) as string,
    });
  });

  it("names vectors that change their length between batches", async () => {
    await using server = await startServer((texts, response) => {
      const dimensions = Number(texts[0]);
      const vectors = { count: 1, dimensions, values: new Float32Array(dimensions).fill(1) };
      response.end(
        openaiDialect.encodeResponse({ model: "m", vectors, inputTokens: 1, truncated: 0 }, "base64"),
      );
    });
    await expect(createClient({ url: server.url, batchSize: 1 }).embed(["2", "3"])).rejects.toMatchObject({
      code: "TARGET_ANSWER_INVALID",
      message: "expected vectors of 2 values as in the first answer, got 3",
    });
  });
});
