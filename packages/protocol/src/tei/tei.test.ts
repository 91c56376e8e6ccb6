import { describe, expect, it } from "vitest";
import { WeirError } from "../canonical/weir-error.ts";
import { encodeTeiError } from "./encode-error.ts";
import { encodeTeiRequest } from "./encode-request.ts";
import { parseTeiRequest } from "./parse-request.ts";
import { parseTeiResponse } from "./parse-response.ts";

describe("parseTeiRequest", () => {
  it("takes a string, token ids and the defaults of the dialect", () => {
    expect(parseTeiRequest({ inputs: "a" }).request).toMatchObject({ normalize: true, truncate: true });
    expect(parseTeiRequest({ inputs: [5, 6] }).request.inputs).toEqual({ kind: "tokens", tokens: [[5, 6]] });
    expect(parseTeiRequest({ inputs: "a", dimensions: 32 }).request.dimensions).toBe(32);
  });

  it("takes the name of a prompt, and writes it", () => {
    const { request } = parseTeiRequest({ inputs: "a", prompt_name: "query" });
    expect(request.promptName).toBe("query");
    expect(JSON.parse(Buffer.from(encodeTeiRequest(request, "float")).toString())).toEqual({
      inputs: ["a"],
      truncate: true,
      normalize: true,
      prompt_name: "query",
    });
  });

  it("refuses empty texts, as TEI does", () => {
    expect(() => parseTeiRequest({ inputs: [""] })).toThrow(expect.objectContaining({ code: "EMPTY_INPUT" }));
  });
});

describe("parseTeiResponse", () => {
  it.each(["{}", "[]", "null", '{"vectors":[[1]]}'])("refuses %s", (body) => {
    expect(() => parseTeiResponse(Buffer.from(body))).toThrow(
      /^expected a list of vectors as the body, got /,
    );
  });
});

describe("encodeTeiError", () => {
  it.each([
    ["EMPTY_INPUT", 400, "Empty"],
    ["INVALID_REQUEST", 400, "Validation"],
    ["INPUT_TOO_LONG", 413, "Validation"],
    ["QUEUE_FULL", 429, "Overloaded"],
    ["NOT_READY", 503, "Unhealthy"],
    ["REPLICA_LOST", 503, "Unhealthy"],
    ["ENGINE_FAILED", 500, "Backend"],
  ] as const)("maps %s to %d %s", (code, status, type) => {
    const encoded = encodeTeiError(new WeirError(code, "why"), "req-1");
    expect(encoded).toEqual({ status, body: { error: "why", error_type: type } });
  });
});
