import { describe, expect, it } from "vitest";
import { embeddingDialects } from "../embedding-dialects.ts";
import { dialectRoutes } from "./dialect-routes.ts";
import { encodeModelsResponse } from "./encode-models-response.ts";
import { encodeHealth, encodeServerInfo } from "./encode-server-info.ts";
import { selectEmbedDialect, selectModelsDialect, selectRootAnswer } from "./select-dialect.ts";

describe("dialectRoutes", () => {
  it("lists the path of every embedding dialect, and each route once", () => {
    for (const { name, path } of Object.values(embeddingDialects)) {
      expect(dialectRoutes.find((route) => route.path === path)?.dialects).toContain(name);
    }
    const keys = dialectRoutes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("says how the request decides wherever dialects meet", () => {
    const shared = dialectRoutes.filter(({ dialects }) => dialects.length > 1);
    expect(shared.filter(({ decidedBy }) => decidedBy === undefined)).toEqual([]);
    expect(shared.length).toBeGreaterThan(0);
  });
});

describe("selectEmbedDialect", () => {
  it.each<[unknown, "sidecar" | "tei"]>([
    [{ texts: ["a"] }, "sidecar"],
    [{ inputs: "a" }, "tei"],
    [{ inputs: null }, "tei"],
    [{ texts: ["a"], inputs: "a" }, "sidecar"],
    [{}, "sidecar"],
    [undefined, "sidecar"],
    [[], "sidecar"],
    [Object.create({ inputs: "a" }), "sidecar"],
  ])("%j is %s", (body, dialect) => {
    expect(selectEmbedDialect(body)).toBe(dialect);
  });
});

describe("selectModelsDialect", () => {
  it("goes by Anthropic's version header", () => {
    expect(selectModelsDialect("2023-06-01")).toBe("anthropic");
    expect(selectModelsDialect(undefined)).toBe("openai");
  });
});

describe("selectRootAnswer", () => {
  it.each([
    [undefined, "ollama-text"],
    ["*/*", "ollama-text"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "ollama-text"],
    ["application/json", "json"],
    ["text/plain, Application/JSON; q=0.5", "json"],
    ["application/json;q=0, */*", "ollama-text"],
    ["application/json-seq", "ollama-text"],
  ])("Accept %s is %s", (accept, answer) => {
    expect(selectRootAnswer(accept)).toBe(answer);
  });
});

describe("encodeModelsResponse", () => {
  const models = [
    { name: "a", createdAt: new Date("2026-01-02T03:04:05.678Z") },
    { name: "b", createdAt: new Date("2026-01-02T03:04:06Z") },
  ];

  it("writes OpenAI's shape", () => {
    expect(encodeModelsResponse(models, "openai")).toEqual({
      object: "list",
      data: [
        { id: "a", object: "model", created: 1767323045, owned_by: "weir" },
        { id: "b", object: "model", created: 1767323046, owned_by: "weir" },
      ],
    });
  });

  it("writes Anthropic's shape", () => {
    expect(encodeModelsResponse(models.slice(0, 1), "anthropic")).toEqual({
      data: [{ type: "model", id: "a", display_name: "a", created_at: "2026-01-02T03:04:05.678Z" }],
      has_more: false,
      first_id: "a",
      last_id: "a",
    });
    expect(encodeModelsResponse([], "anthropic")).toMatchObject({ data: [], first_id: null, last_id: null });
  });
});

describe("encodeServerInfo", () => {
  it("has the fields of the sidecar and of TEI", () => {
    const info = encodeServerInfo({
      modelName: "m",
      dimensions: 384,
      pooling: "last",
      maxTokens: 256,
      device: "cpu",
      precision: "float32",
      reference: true,
      maxJobs: 256,
      maxBatchTokens: 8_192,
      maxInputs: 2_048,
      preparers: 1,
      version: "0.1.0",
    });
    expect(info).toMatchObject({ model_id: "m", dim: 384, device: "cpu" });
    expect(info).toMatchObject({
      model_dtype: "float32",
      model_type: { embedding: { pooling: "last_token" } },
      max_input_length: 256,
      max_concurrent_requests: 256,
      max_batch_tokens: 8_192,
      max_client_batch_size: 2_048,
      tokenization_workers: 1,
      version: "0.1.0",
    });
    expect(info).toMatchObject({ reference_weights: true });
  });
});

describe("encodeHealth", () => {
  it("is ok, or says why not", () => {
    expect(encodeHealth(undefined)).toEqual({ status: 200, body: { status: "ok" } });
    expect(encodeHealth("starting")).toEqual({
      status: 503,
      body: { status: "unavailable", reason: "starting" },
    });
  });
});
