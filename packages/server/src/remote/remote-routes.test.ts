import { describe, expect, it } from "vitest";
import { listRemoteRoutes } from "./remote-routes.ts";
import { isRemoteUrl, parseRemoteUrl, toShownUrl } from "./remote-target.ts";

const list = (source: string): string[] => {
  const { url, dialect } = parseRemoteUrl(source);
  const routes = listRemoteRoutes(url, dialect).map((route) => `${route.dialect} ${route.path}`);
  return [...new Set(routes)];
};

describe("another server's address", () => {
  it.each([
    ["http://host:9000", ["openai /v1/embeddings", "tei /embed", "sidecar /embed", "ollama /api/embed"]],
    ["openai+http://host/v1/", ["openai /v1/embeddings"]],
    ["openai+https://host/openai/v3", ["openai /openai/v3/embeddings"]],
    ["openai+https://host/gateway", ["openai /gateway/embeddings", "openai /gateway/v1/embeddings"]],
    [
      "https://host/deployments/x/embeddings?api-version=1",
      ["openai /deployments/x/embeddings?api-version=1"],
    ],
    ["http://host/api/embed", ["ollama /api/embed"]],
    ["http://host/tei/embed", ["tei /tei/embed", "sidecar /tei/embed"]],
    ["ollama+http://host:11434/api", ["ollama /api/embed"]],
    ["ollama+http://host:11434/v1", ["ollama /api/embed"]],
    ["tei+http://host", ["tei /embed"]],
    ["sidecar+http://host/x/", ["sidecar /x/embed"]],
  ])("%s", (source, expected) => {
    expect(list(source)).toEqual(expected);
  });

  it("names the model behind the #, slashes and escapes included", () => {
    expect(parseRemoteUrl("http://host/v1#BAAI/bge-small")).toEqual({
      url: "http://host/v1",
      model: "BAAI/bge-small",
    });
    expect(parseRemoteUrl("tei+http://host#a%20b#c")).toMatchObject({ dialect: "tei", model: "a b#c" });
    expect(parseRemoteUrl("http://host#100%")).toMatchObject({ model: "100%" });
  });

  it("is told from a folder", () => {
    expect(["http://h", "HTTPS://h", "tei+http://h", "nope+http://h"].every(isRemoteUrl)).toBe(true);
    expect(["./http", "/http://", "reference-embed-tiny", "c:\\http"].some(isRemoteUrl)).toBe(false);
  });

  it("is refused with what to write instead, and never with what it may hold of a secret", () => {
    expect(() => parseRemoteUrl("vllm+http://host")).toThrow(
      "one of openai, sidecar, tei, ollama before the +",
    );
    expect(() => parseRemoteUrl("http://")).toThrow("an address such as http://127.0.0.1:9000");
    expect(() => parseRemoteUrl("http://host#")).toThrow("behind the #");
    expect(() => parseRemoteUrl("http://user:s3cret@host")).toThrow("--remote-key-env");
    expect(() => parseRemoteUrl("http://user:s3cret@host")).not.toThrow("s3cret");
    expect(toShownUrl("https://host/v1?key=s3cret")).toBe("https://host/v1");
  });
});
