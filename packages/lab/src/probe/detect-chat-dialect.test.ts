import { describe, expect, it } from "vitest";
import { detectChatDialect, findChatModel } from "./detect-chat-dialect.ts";
import { startChatTarget, type ChatTargetBehaviour } from "./fixtures/start-chat-target.ts";

type Get = NonNullable<ChatTargetBehaviour["get"]>;

const openaiList = { object: "list", data: [{ id: "nomic-embed-text" }, { id: "large", object: "model" }] };
const anthropicList = {
  data: [{ type: "model", id: "opus" }],
  has_more: false,
  first_id: null,
  last_id: null,
};
const models: Get = { "/v1/models": () => ({ body: openaiList }) };
const tags: Get = {
  "/api/tags": () => ({ body: { models: [{ name: "nomic-embed" }, { name: "llama3" }] } }),
};
const version: Get = { "/api/version": () => ({ body: { version: "0.6.0" } }) };
const both: Get = {
  "/v1/models": (headers) => ({ body: "anthropic-version" in headers ? anthropicList : openaiList }),
};

const servers: Readonly<Record<string, ChatTargetBehaviour>> = {
  openai: { dialects: ["openai"], get: models },
  "openai without a list": { dialects: ["openai"] },
  anthropic: { dialects: ["anthropic"], get: { "/v1/models": () => ({ body: anthropicList }) } },
  ollama: { dialects: ["ollama", "ollama-generate", "openai"], get: { ...tags, ...version, ...models } },
  "ollama without the others": { dialects: ["ollama"], get: { ...tags, ...version } },
  // It lists for Ollama's clients, and answers POST /api/chat in OpenAI's words.
  "llama.cpp": { dialects: ["openai"], get: { ...models, ...tags } },
  "a server of all of them": {
    dialects: ["openai", "anthropic", "ollama"],
    get: { ...both, ...tags, ...version },
  },
};

describe("detectChatDialect", () => {
  it.each([
    ["openai", "openai", "large"],
    ["openai without a list", "openai", undefined],
    ["anthropic", "anthropic", "opus"],
    ["ollama", "ollama", "large"],
    ["ollama without the others", "ollama", "llama3"],
    ["llama.cpp", "openai", "large"],
    ["a server of all of them", "openai", "large"],
  ])("finds %s", async (name, dialect, model) => {
    await using target = await startChatTarget(servers[name]!);
    const detected = await detectChatDialect(target.url);
    expect(detected).toMatchObject({ dialect, model });
    expect(detected.evidence.at(-1)).toContain(`chose ${dialect}`);
    // The likeliest is right at once: one request for one token is all that the model does.
    const asked = target.requests.filter(({ line }) => line.startsWith("POST"));
    expect(asked).toHaveLength(1);
    expect(JSON.parse(asked[0]!.body)).toMatchObject(
      dialect === "ollama" ? { options: { num_predict: 1 } } : { max_tokens: 1 },
    );
  });

  it("says what it asked and what came back", async () => {
    await using target = await startChatTarget(servers["openai"]!);
    const { evidence } = await detectChatDialect(target.url, { model: "mine" });
    expect(evidence.map((line) => line.replace(/[\d.]+ ms/, "N ms"))).toEqual([
      "GET /v1/models lists 2 models: nomic-embed-text, large",
      "GET /v1/models with anthropic-version lists 2 models: nomic-embed-text, large",
      "GET /api/version answered 404",
      "GET /api/tags answered 404",
      "POST /v1/chat/completions (openai) answered with a message in N ms",
      "chose openai, model mine as given",
    ]);
  });

  it("goes on where the likeliest does not work", async () => {
    await using target = await startChatTarget({ dialects: ["anthropic"], get: models });
    const { dialect, evidence } = await detectChatDialect(target.url);
    expect(dialect).toBe("anthropic");
    expect(evidence).toContain("POST /v1/chat/completions (openai) answered 404: Not Found");
  });

  it("does not take any 200 for an answer", async () => {
    await using target = await startChatTarget({
      dialects: [],
      get: models,
      post: (_path, response) => {
        response.end('{"hello":true}');
        return true;
      },
    });
    await expect(detectChatDialect(target.url)).rejects.toMatchObject({
      code: "TARGET_UNKNOWN",
      message: expect.stringContaining("answered 200, but without choices") as string,
    });
  });

  it.each([
    [401, "TARGET_UNKNOWN", "wants a key: give one with --key-env NAME"],
    [503, "TARGET_UNREACHABLE", "cannot chat now: it answered 503: nothing loaded"],
    [400, "TARGET_UNKNOWN", "none of the chat APIs works there. Tried: "],
  ])("says what a %i means", async (status, code, message) => {
    await using target = await startChatTarget({
      dialects: [],
      get: models,
      post: (_path, response) => {
        response.writeHead(status).end('{"error":{"message":"nothing loaded."}}');
        return true;
      },
    });
    await expect(detectChatDialect(target.url)).rejects.toMatchObject({
      code,
      exitCode: 6,
      message: expect.stringContaining(message) as string,
    });
  });

  it("asks a server that hangs only once", async () => {
    await using target = await startChatTarget({ dialects: [], get: models, post: () => true });
    await expect(detectChatDialect(target.url, { timeoutMs: 200 })).rejects.toMatchObject({
      code: "TARGET_UNREACHABLE",
      message: expect.stringContaining("does not chat in time") as string,
    });
    expect(target.requests.filter(({ line }) => line.startsWith("POST"))).toHaveLength(1);
  });

  it("says that nothing listens", async () => {
    const target = await startChatTarget({ dialects: [] });
    await target[Symbol.asyncDispose]();
    await expect(detectChatDialect(target.url)).rejects.toMatchObject({
      code: "TARGET_UNREACHABLE",
      message: expect.stringContaining("no server answers at") as string,
    });
  });
});

describe("findChatModel", () => {
  it("asks for lists only, and takes what chats", async () => {
    await using target = await startChatTarget(servers["openai"]!);
    const { model, evidence } = await findChatModel(target.url, "ollama-generate");
    expect(model).toBe("large");
    expect(evidence.at(-1)).toBe(
      "chose model large (of 2; name another with --model), ollama-generate as given",
    );
    expect(target.requests.every(({ line }) => line.startsWith("GET"))).toBe(true);
  });

  it("does without a model where none is listed", async () => {
    await using target = await startChatTarget({ dialects: ["openai"] });
    expect((await findChatModel(target.url, "openai")).model).toBeUndefined();
  });
});
