import { describe, expect, it } from "vitest";
import { encodeEmbedFileResponse } from "./encode-embed-file-response.ts";
import { parseSidecarError } from "./parse-error.ts";
import { parseEmbedFileRequest } from "./parse-embed-file-request.ts";
import { parseSidecarRequest } from "./parse-request.ts";
import { parseSidecarResponse } from "./parse-response.ts";

describe("parseSidecarRequest", () => {
  it("accepts batch_size without effect", () => {
    expect(parseSidecarRequest({ texts: ["a"], batch_size: 8 })).toEqual(
      parseSidecarRequest({ texts: ["a"] }),
    );
  });

  it.each<[Record<string, unknown>, string]>([
    [{ batch_size: 0 }, "batch_size: expected a whole number of at least 1, got 0"],
    [
      { pooling: "sum" },
      'pooling: expected one of mean, cls, max, last, mean_sqrt_len, weightedmean, got "sum"',
    ],
    [{ normalize: 1 }, "normalize: expected true or false, got 1. Leave it out for true."],
    [{ texts: "a" }, 'texts: expected a list of strings, got "a"'],
    [{ texts: undefined }, 'Send {"texts": [...]}, or {"inputs": ...} for the TEI dialect.'],
  ])("refuses %j", (fields, message) => {
    expect(() => parseSidecarRequest({ texts: ["a"], ...fields })).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", message: expect.stringContaining(message) }),
    );
  });
});

describe("parseSidecarResponse", () => {
  it("reads an answer that says nothing of truncation", () => {
    expect(parseSidecarResponse(Buffer.from('{"vectors":[[1,2]]}'))).toEqual({
      vectors: { count: 1, dimensions: 2, values: Float32Array.of(1, 2) },
      inputTokens: undefined,
      truncated: undefined,
    });
  });
});

describe("parseSidecarError", () => {
  it("reads FastAPI's validation errors", () => {
    const body = {
      detail: [{ type: "missing", loc: ["body", "texts"], msg: "Field required" }, { msg: "and more" }],
    };
    expect(parseSidecarError(Buffer.from(JSON.stringify(body)))).toBe("body.texts: Field required; and more");
    expect(parseSidecarError(Buffer.from('{"detail":[1]}'))).toBeUndefined();
  });
});

describe("embed-file", () => {
  it("fills what is left out", () => {
    expect(parseEmbedFileRequest({ path: "notes.md" })).toEqual({
      path: "notes.md",
      chunkChars: 1_000,
      overlapChars: 0,
      maxChunks: undefined,
      normalize: true,
    });
    const body = { path: "/a", chunk_size: 100, chunk_overlap: 20, max_chunks: 3, normalize: false };
    expect(parseEmbedFileRequest(body)).toMatchObject({ chunkChars: 100, overlapChars: 20, maxChunks: 3 });
  });

  it.each<[Record<string, unknown>, string]>([
    [{ path: "" }, 'path: expected a string that is not empty, got ""'],
    [{ path: undefined }, "path: expected a string that is not empty, got nothing"],
    [
      { chunk_size: 10, chunk_overlap: 10 },
      "chunk_overlap: expected a whole number below chunk_size (10), got 10",
    ],
    [{ max_chunks: 0 }, "max_chunks: expected a whole number of at least 1, got 0"],
  ])("refuses %j", (fields, message) => {
    expect(() => parseEmbedFileRequest({ path: "a", ...fields })).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", message: expect.stringContaining(message) }),
    );
  });

  it("answers chunks and vectors, whatever the text", () => {
    const vectors = { count: 2, dimensions: 1, values: Float32Array.of(1, 0.5) };
    const body = encodeEmbedFileResponse(['a "b"\n', "ß\ud800"], {
      model: "m",
      vectors,
      inputTokens: 3,
      truncated: 0,
    });
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({
      chunks: ['a "b"\n', "ß\ud800"],
      vectors: [[1], [0.5]],
      truncated_inputs: 0,
    });
  });
});
