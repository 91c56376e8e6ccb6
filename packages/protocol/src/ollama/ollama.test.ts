import { describe, expect, it } from "vitest";
import { encodeOllamaRequest } from "./encode-request.ts";
import { encodeOllamaResponse } from "./encode-response.ts";
import { parseOllamaRequest } from "./parse-request.ts";

describe("parseOllamaRequest", () => {
  it("accepts options without effect", () => {
    const body = { model: "m", input: "a", options: { num_ctx: 512 } };
    expect(parseOllamaRequest(body)).toEqual(parseOllamaRequest({ model: "m", input: ["a"] }));
  });

  it("reads keep_alive in milliseconds, and says nothing of it where the client does not", () => {
    expect(parseOllamaRequest({ model: "m", input: "a", keep_alive: "5m" }).keepAliveMs).toBe(300_000);
    expect(parseOllamaRequest({ model: "m", input: "a" })).not.toHaveProperty("keepAliveMs");
    expect(() => parseOllamaRequest({ model: "m", input: "a", keep_alive: true })).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", field: "keep_alive" }),
    );
  });

  it.each([{}, { input: null }, { input: "" }, { input: [] }])("has no inputs in %j: only load", (fields) => {
    expect(parseOllamaRequest({ model: "m", ...fields }).request.inputs).toEqual({
      kind: "texts",
      texts: [],
    });
  });

  it("embeds an empty text in a list", () => {
    const { inputs } = parseOllamaRequest({ model: "m", input: [""] }).request;
    expect(inputs).toEqual({ kind: "texts", texts: [""] });
  });

  it.each([{}, { model: "" }, { model: null }, { model: 1 }])("needs a model's name: %j", (fields) => {
    expect(() => parseOllamaRequest({ input: "a", ...fields })).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", field: "model" }),
    );
  });
});

describe("encodeOllamaRequest", () => {
  const request = {
    model: undefined,
    inputs: { kind: "texts", texts: ["a"] },
    normalize: true,
    pooling: undefined,
    dimensions: undefined,
    truncate: true,
  } as const;

  it("says so where it has no model's name", () => {
    expect(() => encodeOllamaRequest(request, "float")).toThrow(expect.objectContaining({ field: "model" }));
  });

  it("names everything that it cannot ask for, at once", () => {
    const inputs = { kind: "tokens", tokens: [[1]] } as const;
    const asked = { ...request, model: "m", inputs, normalize: false, pooling: "max" } as const;
    expect(() => encodeOllamaRequest(asked, "base64")).toThrow(
      "the ollama dialect cannot ask for token ids as inputs, vectors that are not normalised, pooling max, " +
        "base64 vectors. Leave that out, or use another dialect.",
    );
  });
});

describe("encodeOllamaResponse", () => {
  it("leaves durations out that nobody measured", () => {
    const vectors = { count: 1, dimensions: 1, values: Float32Array.of(1) };
    const body = encodeOllamaResponse({ model: 'a "b"', vectors, inputTokens: 3, truncated: 0 }, "float");
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({
      model: 'a "b"',
      embeddings: [[1]],
      prompt_eval_count: 3,
      truncated_inputs: 0,
    });
  });
});
