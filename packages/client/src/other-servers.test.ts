import { WeirError } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { createClient } from "./create-client.ts";
import { answerError, answerVectors, startServer, type Answer } from "./fixtures/text-server.ts";

function answerRows(rows: readonly unknown[], response: Answer, order?: readonly number[]): void {
  const indexes = order ?? [...rows.keys()];
  const data = indexes.map((index) => ({ object: "embedding", index, embedding: rows[index] }));
  response.end(JSON.stringify({ object: "list", data, model: "m" }));
}

/** Servers that call themselves compatible, each with its own idea of it. */
describe("against other servers of OpenAI's API", () => {
  it("reads floats where base64 was asked for", async () => {
    await using server = await startServer((_texts, response) => answerRows([[0.6, 0.8]], response));
    const { vectors, inputTokens, truncated } = await createClient({ url: server.url }).embed(["a"]);
    expect([...vectors.values]).toEqual([...Float32Array.of(0.6, 0.8)]);
    expect([inputTokens, truncated]).toEqual([undefined, undefined]);
  });

  it("puts rows in the order of their index", async () => {
    const rows = [
      [1, 0],
      [0, 1],
      [0.6, 0.8],
    ];
    await using server = await startServer((_texts, response) => answerRows(rows, response, [2, 0, 1]));
    const { vectors } = await createClient({ url: server.url }).embed(["a", "b", "c"]);
    expect([...vectors.values]).toEqual([...Float32Array.from(rows.flat())]);
  });

  it("normalises what a server did not, unless told to leave it", async () => {
    await using server = await startServer((_texts, response) => answerRows([[3, 4]], response));
    const { vectors } = await createClient({ url: server.url }).embed(["a"]);
    expect([...vectors.values]).toEqual([...Float32Array.of(0.6, 0.8)]);
    const raw = await createClient({ url: server.url, normalize: false }).embed(["a"]);
    expect([...raw.vectors.values]).toEqual([3, 4]);
  });

  it("asks for floats from then on where base64 is refused", async () => {
    const asked: (string | undefined)[] = [];
    await using server = await startServer((_texts, response) => {
      const encoding = server.bodies.at(-1)?.encoding_format;
      asked.push(encoding);
      if (encoding === "float") return answerRows([[0.6, 0.8]], response);
      const error = new WeirError("INVALID_REQUEST", "only float is supported", { field: "encoding_format" });
      answerError(new WeirError("INVALID_REQUEST", `encoding_format: ${error.message}`), response);
    });
    const client = createClient({ url: server.url, retries: 0 });
    await client.embed(["a"]);
    await client.embed(["a"]);
    expect(asked).toEqual(["base64", "float", "float"]);
  });

  it.each<[string, (texts: readonly string[], response: Answer) => void]>([
    [
      "null",
      (texts, response) =>
        answerRows(
          texts.map((text) => [1, text === "3" ? null : 2]),
          response,
        ),
    ],
    [
      "a bare NaN",
      (texts, response) =>
        response.end(
          JSON.stringify({
            data: texts.map((text) => ({ embedding: [1, text === "3" ? "NaN" : 2] })),
          }).replaceAll('"NaN"', "NaN"),
        ),
    ],
    [
      "a 422 without a word on where",
      (texts, response) =>
        texts.includes("3") ? response.writeHead(422).end("{}") : answerVectors(texts, response),
    ],
    [
      "a 500 that passes for nobody",
      (texts, response) =>
        texts.includes("3")
          ? response.writeHead(500, { "retry-after-ms": "1" }).end("boom")
          : answerVectors(texts, response),
    ],
  ])("finds the text behind %s", async (_name, answer) => {
    await using server = await startServer(answer);
    const client = createClient({ url: server.url });
    const texts = ["0", "1", "2", "3", "4", "5", "6"];
    await expect(client.embed(texts)).rejects.toMatchObject({ field: "texts[3]" });
    const { failures } = await client.embed(texts, { onError: "collect" });
    expect(failures.map(({ index }) => index)).toEqual([3]);
  });

  it("does not search for a text where the server fails for everybody", async () => {
    await using server = await startServer((_texts, response) =>
      response.writeHead(401).end('{"error":{"message":"no such key"}}'),
    );
    const client = createClient({ url: server.url });
    await expect(client.embed(["0", "1", "2", "3"])).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      field: undefined,
    });
    const { failures, vectors } = await client.embed(["0", "1", "2", "3"], { onError: "collect" });
    expect(failures.map(({ index, error }) => [index, error.code])).toEqual(
      [0, 1, 2, 3].map((index) => [index, "UNAUTHENTICATED"]),
    );
    expect(vectors).toEqual({ count: 4, dimensions: 0, values: new Float32Array(0) });
    expect(server.bodies).toHaveLength(2);
  });

  it("does not take a wrong option for a wrong text", async () => {
    await using server = await startServer((_texts, response) =>
      answerError(new WeirError("INVALID_REQUEST", "too many", { field: "dimensions" }), response),
    );
    await expect(createClient({ url: server.url }).embed(["0", "1"])).rejects.toMatchObject({
      field: "dimensions",
    });
    expect(server.bodies).toHaveLength(1);
  });

  it("tells the caller of a wait that is too long for it", async () => {
    await using server = await startServer((_texts, response) =>
      response.writeHead(429, { "retry-after": "300" }).end(),
    );
    await expect(createClient({ url: server.url, retries: 0 }).embed(["0"])).rejects.toMatchObject({
      code: "RATE_LIMITED",
      retryAfterMs: 300_000,
    });
  });
});

describe("health and models", () => {
  it("says what a server is up to, and that there is none", async () => {
    const server = await startServer(
      () => {},
      (url) =>
        url === "/health" ? { status: 503, body: { status: "unavailable", reason: "starting" } } : undefined,
    );
    const client = createClient({ url: server.url, retries: 0 });
    expect(await client.health()).toEqual({ kind: "not-ready", reason: "starting" });
    await expect(client.models()).rejects.toMatchObject({ code: "ROUTE_NOT_FOUND" });
    await server[Symbol.asyncDispose]();
    expect(await client.health()).toMatchObject({ kind: "unreachable" });
    await expect(client.models()).rejects.toMatchObject({ code: "TARGET_UNREACHABLE" });
    const signal = AbortSignal.abort();
    await expect(client.health({ signal })).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(client.models({ signal })).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("names what is wrong with a list of models", async () => {
    await using server = await startServer(
      () => {},
      () => ({ status: 200, body: { data: [{ id: 3 }] } }),
    );
    await expect(createClient({ url: server.url }).models()).rejects.toMatchObject({
      code: "TARGET_ANSWER_INVALID",
      message: expect.stringContaining("data[0].id: expected a string") as string,
    });
  });
});
