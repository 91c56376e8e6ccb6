import OpenAI from "openai";
import { startWeir } from "@weir/testkit";
import { Ollama } from "ollama";
import type { RunningServer } from "@weir/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let weir: RunningServer;

beforeAll(async () => {
  weir = await startWeir({ limits: { inputs: 100, bodyBytes: 1_000_000 } });
});
afterAll(() => weir[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(weir.url + path, {
    method: "POST",
    headers,
    body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer["body"],
  };
}

/** One text through every dialect: how to ask, and where the vectors are. */
const dialects = [
  {
    name: "openai",
    path: "/v1/embeddings",
    ask: (input: unknown) => ({ model: "echo", input }),
    vectors: (body: Answer["body"]) =>
      (body["data"] as { embedding: number[] }[]).map((row) => row.embedding),
    message: (body: Answer["body"]) => (body["error"] as { message: string }).message,
  },
  {
    name: "sidecar",
    path: "/embed",
    ask: (texts: unknown) => ({ texts }),
    vectors: (body: Answer["body"]) => body["vectors"],
    message: (body: Answer["body"]) => body["detail"],
  },
  {
    name: "tei",
    path: "/embed",
    ask: (inputs: unknown) => ({ inputs }),
    vectors: (body: Answer["body"]) => body,
    message: (body: Answer["body"]) => (body as { error: string; error_type: string }).error,
  },
  {
    name: "ollama",
    path: "/api/embed",
    ask: (input: unknown) => ({ model: "echo:latest", input }),
    vectors: (body: Answer["body"]) => body["embeddings"],
    message: (body: Answer["body"]) => body["error"],
  },
];

describe.each(dialects)("$name embeddings", ({ name, path, ask, vectors, message }) => {
  it("answers one vector a text, the same as every other dialect", async () => {
    const texts = ["the river", "a weir holds it", "x ".repeat(40)];
    const { status, body, headers } = await post(path, ask(texts));
    expect(status).toBe(200);
    const openai = await post("/v1/embeddings", { model: "echo", input: texts });
    expect(vectors(body)).toEqual(dialects[0]!.vectors(openai.body));
    expect(headers.get("x-process-time")).toMatch(/^\d+\.\d\dms$/);
    expect(headers.get("x-request-id")).toBe(headers.get("request-id"));
  });

  it("reports truncation", async () => {
    const { status, headers } = await post(path, ask(["short", "long ".repeat(5_000)]));
    expect(status).toBe(200);
    expect(headers.get("x-truncated-inputs")).toBe("1");
  });

  it("takes lone surrogates, control characters and other scripts", async () => {
    expect((await post(path, ask(["a\ud800b", "\u0000\u0007", "日本語 العربية 😀"]))).status).toBe(200);
  });

  it.each([
    ["an empty body", ""],
    ["invalid JSON", '{"input": "a"'],
    ["a list as the body", "[1]"],
    ["no inputs", "{}"],
    ["wrong types", ask([{ a: 1 }])],
    ["too many inputs", ask(Array.from({ length: 101 }, () => "a"))],
  ])("answers 400 in its own envelope to %s", async (_what, body) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(400);
    // Bodies that name neither texts nor inputs meet the sidecar's envelope on the shared path.
    const shared = name === "tei" && typeof body === "string";
    expect(shared ? answer.body["detail"] : message(answer.body)).toMatch(/\w/);
    expect(answer.headers.get("x-should-retry")).toBe("false");
  });

  it.each([
    ["null inputs", ask(null)],
    ["an empty list", ask([])],
  ])("has nothing to embed in %s", async (_what, body) => {
    const { status } = await post(path, body);
    // In Ollama's that is how a client loads a model.
    expect(status).toBe(name === "ollama" ? 200 : 400);
  });

  it("names the limit that a long list broke", async () => {
    const { body } = await post(path, ask(Array.from({ length: 101 }, () => "a")));
    expect(message(body)).toContain("at most 100");
  });

  it("treats the empty string as its own servers do", async () => {
    const { status } = await post(path, ask([""]));
    expect(status).toBe(name === "openai" || name === "tei" ? 400 : 200);
  });

  it("answers 413 to a body above the limit, and goes on", async () => {
    const { status, headers } = await post(path, ask(["a".repeat(2_000_000)]));
    expect(status).toBe(413);
    expect(headers.get("content-type")).toContain("application/json");
    expect((await post(path, ask(["a"]))).status).toBe(200);
  });
});

describe("a prompt by name", () => {
  it.each([
    ["/v1/embeddings", { model: "echo", input: "a" }],
    ["/embed", { inputs: "a" }],
    ["/embed", { texts: ["a"] }],
  ])("that the model does not have is 400 in %s, and says so (%j)", async (path, body) => {
    const { status, body: answer } = await post(path, { ...body, prompt_name: "query" });
    expect(status).toBe(400);
    expect(JSON.stringify(answer)).toMatch(/no prompt .*query.*this model has none/);
    expect((await post(path, { ...body, prompt_name: "" })).status).toBe(200);
  });
});

describe("the OpenAI client", () => {
  it("gets the float route's vectors bit for bit with its default settings", async () => {
    const client = new OpenAI({ baseURL: `${weir.url}/v1`, apiKey: "none" });
    const input = Array.from({ length: 20 }, (_, index) => `text number ${index}`);
    const byDefault = await client.embeddings.create({ model: "echo", input });
    const asFloat = await client.embeddings.create({ model: "echo", input, encoding_format: "float" });
    expect(byDefault.data.map((row) => [...row.embedding])).toEqual(
      asFloat.data.map((row) => row.embedding.map(Math.fround)),
    );
    expect(byDefault.usage.prompt_tokens).toBe(20 * 5);
  });

  it("gets its error types", async () => {
    const client = new OpenAI({ baseURL: `${weir.url}/v1`, apiKey: "none" });
    await expect(client.embeddings.create({ model: "gpt-9", input: "a" })).rejects.toThrow(
      OpenAI.NotFoundError,
    );
    await expect(client.embeddings.create({ model: "echo", input: "" })).rejects.toThrow(
      OpenAI.BadRequestError,
    );
  });
});

describe("unknown things", () => {
  it("a model is 404 and the message lists those that are served", async () => {
    const { status, body } = await post("/v1/embeddings", { model: "gpt-9", input: "a" });
    expect(status).toBe(404);
    expect(body).toMatchObject({
      error: { message: expect.stringContaining("served: echo"), param: "model" },
    });
  });

  it("a route below /api/ is 404 or 405 in Ollama's envelope, as its own client reads it", async () => {
    const ollama = new Ollama({ host: weir.url });
    await expect(ollama.copy({ source: "echo", destination: "other" })).rejects.toMatchObject({
      status_code: 404,
      message: expect.stringContaining("there is no POST /api/copy here"),
    });
    const other = await fetch(`${weir.url}/api/embed`);
    expect(other.status).toBe(405);
    expect(await other.json()).toEqual({ error: expect.stringContaining("/api/embed takes POST") });
  });

  it("a route is 404 in OpenAI's envelope", async () => {
    const { status, body } = await post("/v1/nothing", {});
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { message: expect.stringContaining("/v1/nothing") } });
  });

  it.each(["/%zz", "/%C0%80?a=%zz", "/embed%", `/${"x".repeat(9_000)}`])(
    "a path is 404 even where it cannot be decoded, or is endless: %s",
    async (path) => {
      const { status, headers, body } = await post(path, {}, { "x-request-id": "mine" });
      expect(status).toBe(404);
      expect(headers.get("x-request-id")).toBe("mine");
      expect(headers.get("x-should-retry")).toBe("false");
      const { message } = body["error"] as { message: string };
      expect(message).toContain("GET /openapi.json");
      expect(message.length).toBeLessThan(300);
    },
  );

  it("a method is 405 on routes with parameters too", async () => {
    for (const path of ["/v2/models/echo/ready", `/v2/models/${"x".repeat(200)}/ready`]) {
      const { status, headers } = await post(path, {});
      expect(status).toBe(405);
      expect(headers.get("allow")).toBe("GET, HEAD");
    }
  });

  it("an encoding of the body is 415 with the header's name; a content type may be anything", async () => {
    const texts = { texts: ["a"] };
    const { status, body, headers } = await post("/embed", texts, { "content-encoding": "gzip" });
    expect(status).toBe(415);
    expect(headers.get("x-should-retry")).toBe("false");
    expect(body["detail"]).toMatch(/^Content-Encoding: expected none, got "gzip"\. Send the body as it is/);
    expect((await post("/embed", texts, { "content-encoding": "identity" })).status).toBe(200);
    for (const type of ["nonsense", "text/", ";", "application/x-www-form-urlencoded"])
      expect((await post("/embed", texts, { "content-type": type })).status, type).toBe(200);
  });

  it("a method is 405 with the ones that work", async () => {
    const response = await fetch(`${weir.url}/v1/embeddings`);
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining("POST") } });
  });
});
