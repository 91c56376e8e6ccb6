import { describe, expect, it } from "vitest";
import { detectEmbeddingDialect, findEmbeddingModel } from "./detect-embedding-dialect.ts";
import { startTarget, type TargetBehaviour } from "./fixtures/start-target.ts";

const openaiModels = { body: { object: "list", data: [{ id: "chat-large" }, { id: "nomic-embed-text" }] } };
const teiInfo = { body: { model_id: "BAAI/bge-small", model_type: { embedding: { pooling: "cls" } } } };
const sidecarInfo = { body: { model_id: "minilm", dim: 4, device: "cpu" } };
const ollamaTags = { body: { models: [{ name: "llama3:latest" }, { name: "nomic-embed-text:latest" }] } };

const servers: Readonly<Record<string, TargetBehaviour>> = {
  "openai with models": { dialects: ["openai"], get: { "/v1/models": openaiModels } },
  "openai without a list of models": { dialects: ["openai"] },
  tei: { dialects: ["openai", "tei"], get: { "/info": teiInfo } },
  sidecar: { dialects: ["sidecar"], get: { "/info": sidecarInfo } },
  "a sidecar without /info": { dialects: ["sidecar"] },
  ollama: {
    dialects: ["ollama", "openai"],
    get: {
      "/api/version": { body: { version: "0.6.0" } },
      "/api/tags": ollamaTags,
      "/v1/models": openaiModels,
    },
  },
  "a server of all of them": {
    dialects: ["openai", "sidecar", "tei", "ollama"],
    get: {
      "/info": { body: { ...sidecarInfo.body, ...teiInfo.body } },
      "/v1/models": openaiModels,
      "/api/tags": ollamaTags,
    },
  },
};

describe("detectEmbeddingDialect", () => {
  it.each([
    ["openai with models", "openai", "nomic-embed-text"],
    ["openai without a list of models", "openai", undefined],
    ["tei", "tei", "BAAI/bge-small"],
    ["sidecar", "sidecar", "minilm"],
    ["a sidecar without /info", "sidecar", undefined],
    ["ollama", "ollama", "nomic-embed-text"],
    ["a server of all of them", "openai", "nomic-embed-text"],
  ])("finds %s", async (name, dialect, model) => {
    await using target = await startTarget(servers[name]!);
    const detected = await detectEmbeddingDialect(target.url);
    expect(detected).toMatchObject({ dialect, model, dimensions: 4 });
    expect(detected.evidence.at(-1)).toContain(`chose ${dialect}`);
  });

  it("says what it asked and what came back", async () => {
    await using target = await startTarget(servers["openai with models"]!);
    const { evidence } = await detectEmbeddingDialect(target.url, { model: "mine" });
    expect(evidence).toEqual([
      "GET /info answered 404",
      "GET /v1/models lists 2 models: chat-large, nomic-embed-text",
      "GET /api/version answered 404",
      "GET /api/tags answered 404",
      "POST /v1/embeddings (openai) embedded one text as 4 values",
      "chose openai, model mine as given",
    ]);
    expect(target.requests.filter((request) => request.startsWith("POST"))).toHaveLength(1);
  });

  it("keeps a path in the URL, and sends the headers", async () => {
    await using target = await startTarget({ dialects: [] });
    await expect(detectEmbeddingDialect(`${target.url}/base/`)).rejects.toThrow(/none of the embedding APIs/);
    expect(target.requests.slice(0, 2)).toEqual(["GET /base/info", "GET /base/v1/models"]);
  });

  it("names everything that it tried where no API works", async () => {
    await using target = await startTarget({ dialects: [], get: { "/info": { body: "<html>" } } });
    await expect(detectEmbeddingDialect(target.url)).rejects.toMatchObject({
      code: "TARGET_UNKNOWN",
      message: expect.stringMatching(
        /GET \/info answered 200; .*POST \/v1\/embeddings \(openai\) answered 404; POST \/embed \(tei\) answered 404; POST \/embed \(sidecar\) answered 404: Not Found; POST \/api\/embed \(ollama\) was not sent: the ollama dialect needs a model's name/,
      ) as string,
    });
  });

  it("says that nothing answers", async () => {
    const target = await startTarget({ dialects: [] });
    await target[Symbol.asyncDispose]();
    await expect(detectEmbeddingDialect(target.url)).rejects.toMatchObject({
      code: "TARGET_UNREACHABLE",
      message: expect.stringMatching(/no server answers at .*nothing listens at/) as string,
    });
  });

  it("does not wait for a server that hangs more than once", async () => {
    await using target = await startTarget({ dialects: ["openai"], post: () => true });
    await expect(detectEmbeddingDialect(target.url, { timeoutMs: 50 })).rejects.toMatchObject({
      code: "TARGET_UNREACHABLE",
      message: expect.stringContaining("POST /v1/embeddings (openai) did not answer within 50 ms") as string,
    });
    expect(target.requests.filter((request) => request.startsWith("POST"))).toHaveLength(1);
  });

  it.each([
    [
      503,
      '{"error":{"message":"the models are still loading"}}',
      "TARGET_UNREACHABLE",
      /cannot embed now: it answered 503: the models are still loading\. Wait/,
    ],
    [
      401,
      '{"error":{"message":"who are you?"}}',
      "TARGET_UNKNOWN",
      /wants a key: give one with --key-env NAME\. Tried: .*answered 401: who are you\?/,
    ],
  ])("quotes a server that refuses with %d", async (status, body, code, message) => {
    await using target = await startTarget({
      dialects: ["openai"],
      post: (_request, response) => {
        response.writeHead(status).end(body);
        return true;
      },
    });
    await expect(detectEmbeddingDialect(target.url)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it("stops at the caller's signal", async () => {
    const controller = new AbortController();
    await using target = await startTarget({
      dialects: ["openai"],
      post: () => {
        controller.abort();
        return true;
      },
    });
    const detecting = detectEmbeddingDialect(target.url, { signal: controller.signal });
    await expect(detecting).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("finds the model alone where the dialect is known, by lists", async () => {
    await using target = await startTarget(servers["ollama"]!);
    const found = await findEmbeddingModel(target.url, "ollama");
    expect(found.model).toBe("nomic-embed-text");
    expect(found.evidence.at(-1)).toMatch(/^chose model nomic-embed-text .*, ollama as given$/);
    expect(target.requests.every((request) => request.startsWith("GET"))).toBe(true);
    await using bare = await startTarget({ dialects: ["ollama"] });
    await expect(findEmbeddingModel(bare.url, "ollama")).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(
        /^--model: expected a model's name .* lists none\. Asked: GET \/info/,
      ) as string,
    });
  });

  it("refuses what is no URL", async () => {
    await expect(detectEmbeddingDialect("ftp://host")).rejects.toMatchObject({ code: "USAGE" });
  });
});
