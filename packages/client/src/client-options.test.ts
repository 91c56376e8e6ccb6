import { describe, expect, it } from "vitest";
import { resolveClientOptions } from "./client-options.ts";

describe("resolveClientOptions", () => {
  it.each([
    ["http://127.0.0.1:8787", "http://127.0.0.1:8787"],
    ["http://127.0.0.1:8787/", "http://127.0.0.1:8787"],
    ["https://example.org/v1/", "https://example.org"],
    ["https://example.org/models/a", "https://example.org/models/a"],
    ["http+unix://%2Frun%2Fweir.sock/v1/", "http+unix://%2Frun%2Fweir.sock"],
  ])("reads %s as the server at %s", (url, baseUrl) => {
    expect(resolveClientOptions({ url }).baseUrl).toBe(baseUrl);
  });

  it("fills the defaults, and freezes the result", () => {
    const resolved = resolveClientOptions({ url: "http://a" });
    expect(resolved).toMatchObject({
      batchSize: 32,
      concurrency: 1,
      timeoutMs: 30_000,
      retries: 2,
      normalize: true,
      textSizeLimit: Number.POSITIVE_INFINITY,
      longTexts: "error",
      dialect: "openai",
      headers: {},
    });
    expect(Object.isFrozen(resolved)).toBe(true);
  });

  it.each([
    ["throughput", { batchSize: 64, textSizeLimit: 1_000, timeoutMs: 60_000, concurrency: 1, retries: 2 }],
    ["interactive", { batchSize: 10, textSizeLimit: 1_000, timeoutMs: 5_000, concurrency: 1, retries: 2 }],
    ["large", { batchSize: 32, textSizeLimit: 10_000, timeoutMs: 60_000, concurrency: 1, retries: 2 }],
  ] as const)("has a preset %s, which options beat", (preset, expected) => {
    expect(resolveClientOptions({ url: "http://a", preset })).toMatchObject(expected);
    expect(resolveClientOptions({ url: "http://a", preset, batchSize: 3 })).toMatchObject({
      ...expected,
      batchSize: 3,
    });
  });

  it("names what a dialect cannot do", () => {
    expect(() => resolveClientOptions({ url: "http://a", dialect: "ollama" })).toThrow("model: expected");
    expect(() => resolveClientOptions({ url: "http://a", dialect: "sidecar", dimensions: 3 })).toThrow(
      "dimensions: the sidecar dialect",
    );
  });

  it("names options that there are not, and what was meant", () => {
    const resolve = (options: object) => () => resolveClientOptions({ url: "http://a", ...options });
    expect(resolve({ foo: 1 })).toThrow(
      "foo: expected the name of an option, got one that there is not; there are url, model, apiKey,",
    );
    expect(resolve({ api_key: "k", toString: 1 })).toThrow(
      /api_key: .*; write it apiKey; toString: expected/,
    );
    expect(resolve({ foo: undefined })).not.toThrow();
    expect(() => resolveClientOptions(undefined as never)).toThrow(
      'expected { url: "http://..." }, got undefined',
    );
  });

  it("names every problem at once", () => {
    const options = {
      url: "localhost:80",
      batchSize: 0,
      concurrency: 1.5,
      retries: -1,
      timeoutMs: Number.NaN,
      textSizeLimit: 1,
      longTexts: "cut" as "error",
      preset: "fast" as "large",
    };
    expect(() => resolveClientOptions(options)).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message:
          "the client's options are wrong. " +
          'url: expected a URL such as http://127.0.0.1:8787 or http+unix://%2Frun%2Fweir.sock, got "localhost:80"; ' +
          'preset: expected one of throughput, interactive, large, got "fast"; ' +
          "batchSize: expected a whole number of at least 1, got 0; " +
          "concurrency: expected a whole number of at least 1, got 1.5; " +
          "retries: expected a whole number of at least 0, got -1; " +
          "textSizeLimit: expected a whole number of at least 2, got 1; " +
          'longTexts: expected one of error, truncate, split, got "cut"; ' +
          "timeoutMs: expected milliseconds above 0 and below 2^31, got NaN.",
      }),
    );
  });
});
