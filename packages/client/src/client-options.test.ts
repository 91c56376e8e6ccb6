import { describe, expect, it } from "vitest";
import { resolveClientOptions } from "./client-options.ts";

describe("resolveClientOptions", () => {
  it.each([
    ["http://127.0.0.1:8787", "http://127.0.0.1:8787/v1/embeddings"],
    ["http://127.0.0.1:8787/", "http://127.0.0.1:8787/v1/embeddings"],
    ["https://example.org/v1/", "https://example.org/v1/embeddings"],
    ["https://example.org/models/a", "https://example.org/models/a/v1/embeddings"],
  ])("posts for %s to %s", (url, endpoint) => {
    expect(resolveClientOptions({ url }).endpoint).toBe(endpoint);
  });

  it("fills the defaults, and freezes the result", () => {
    const resolved = resolveClientOptions({ url: "http://a" });
    expect(resolved).toMatchObject({
      batchSize: 32,
      concurrency: 1,
      timeoutMs: 30_000,
      retries: 2,
      headers: {},
    });
    expect(Object.isFrozen(resolved)).toBe(true);
  });

  it("names every problem at once", () => {
    const options = {
      url: "localhost:80",
      batchSize: 0,
      concurrency: 1.5,
      retries: -1,
      timeoutMs: Number.NaN,
    };
    expect(() => resolveClientOptions(options)).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message:
          "the client's options are wrong. " +
          'url: expected an http or https URL such as http://127.0.0.1:8787, got "localhost:80"; ' +
          "batchSize: expected a whole number of at least 1, got 0; " +
          "concurrency: expected a whole number of at least 1, got 1.5; " +
          "retries: expected a whole number of at least 0, got -1; " +
          "timeoutMs: expected milliseconds above 0 and below 2^31, got NaN.",
      }),
    );
  });
});
