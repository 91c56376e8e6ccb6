import { describe, expect, it } from "vitest";
import { encodeOllamaLoadAnswer, parseOllamaLoadRequest } from "./load-request.ts";

describe("parseOllamaLoadRequest", () => {
  it.each([
    ["/api/generate", {}, false],
    ["/api/generate", { prompt: "", messages: [{}] }, false],
    ["/api/generate", { prompt: "a" }, true],
    ["/api/chat", { messages: [], prompt: "a" }, false],
    ["/api/chat", { messages: [{ role: "user", content: "a" }] }, true],
  ] as const)("of %s tells by %j whether text is asked for", (path, fields, asksForText) => {
    const body = { model: "m", keep_alive: "1m", ...fields };
    expect(parseOllamaLoadRequest(body, path)).toEqual({ model: "m", keepAliveMs: 60_000, asksForText });
  });

  it.each([
    ["model", {}],
    ["keep_alive", { model: "m", keep_alive: [] }],
    ["prompt", { model: "m", prompt: 1 }],
  ])("names what is wrong: %s", (field, body) => {
    expect(() => parseOllamaLoadRequest(body, "/api/generate")).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", field }),
    );
  });
});

describe("encodeOllamaLoadAnswer", () => {
  it("has the shape of each path", () => {
    const head = { model: "m", created_at: "1970-01-01T00:00:00.000Z", done: true };
    expect(encodeOllamaLoadAnswer("/api/generate", "m", "unload", 0)).toEqual({
      ...head,
      response: "",
      done_reason: "unload",
    });
    expect(encodeOllamaLoadAnswer("/api/chat", "m", "load", 0)).toEqual({
      ...head,
      message: { role: "assistant", content: "" },
      done_reason: "load",
    });
  });
});
