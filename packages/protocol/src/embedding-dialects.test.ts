import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EmbeddingRequest, EmbeddingResult, VectorBlock } from "./canonical/embedding.ts";
import type { EmbeddingDialectName, VectorEncoding } from "./canonical/embedding-dialect.ts";
import { errorCodes, type ErrorCode } from "./canonical/error-codes.ts";
import { WeirError } from "./canonical/weir-error.ts";
import { embeddingDialects } from "./embedding-dialects.ts";

const plain: EmbeddingRequest = {
  model: undefined,
  inputs: { kind: "texts", texts: ["The river", "rises."] },
  normalize: true,
  pooling: undefined,
  dimensions: undefined,
  truncate: true,
};
const model = "reference-embed-minilm";
const tokens = {
  kind: "tokens",
  tokens: [
    [101, 1996, 102],
    [101, 102],
  ],
} as const;
const oneText = { kind: "texts", texts: ["The river"] } as const;
const withEmptyText = { kind: "texts", texts: ["The river", ""] } as const;

interface RecordedRequest {
  readonly request: EmbeddingRequest;
  readonly encoding: VectorEncoding;
}

/** What each recorded request means. */
const recordedRequests: Readonly<Record<string, RecordedRequest>> = {
  "openai/request": { request: { ...plain, model }, encoding: "base64" },
  "openai/request-options": {
    request: { ...plain, model, inputs: oneText, dimensions: 4, truncate: false },
    encoding: "float",
  },
  "openai/request-tokens": { request: { ...plain, inputs: tokens }, encoding: "float" },
  "sidecar/request": { request: plain, encoding: "float" },
  "sidecar/request-options": {
    request: { ...plain, inputs: withEmptyText, normalize: false, pooling: "cls", truncate: false },
    encoding: "float",
  },
  "tei/request": { request: plain, encoding: "float" },
  "tei/request-options": {
    request: { ...plain, inputs: oneText, normalize: false, dimensions: 4, truncate: false },
    encoding: "float",
  },
  "tei/request-tokens": { request: { ...plain, inputs: tokens }, encoding: "float" },
  "ollama/request": { request: { ...plain, model }, encoding: "float" },
  "ollama/request-options": {
    request: { ...plain, model, inputs: withEmptyText, dimensions: 4, truncate: false },
    encoding: "float",
  },
};

const result: EmbeddingResult = {
  model,
  vectors: { count: 2, dimensions: 4, values: Float32Array.of(0.5, -0.5, 0.5, 0.5, 1, 0, 0, -0) },
  inputTokens: 9,
  truncated: 1,
};

const encodingsOf: Readonly<Record<EmbeddingDialectName, readonly VectorEncoding[]>> = {
  openai: ["float", "base64"],
  sidecar: ["float"],
  tei: ["float"],
  ollama: ["float"],
};

/** Input tokens and truncated inputs, where a dialect's answer says them. */
const countsOf: Readonly<Record<EmbeddingDialectName, readonly (number | undefined)[]>> = {
  openai: [9, 1],
  sidecar: [undefined, 1],
  tei: [undefined, undefined],
  ollama: [9, 1],
};

describe.each(Object.values(embeddingDialects))("the $name dialect", (dialect) => {
  const recordings = Object.entries(recordedRequests).filter(([name]) => name.startsWith(`${dialect.name}/`));

  it.each(recordings)("reads and writes %s as recorded", (name, { request, encoding }) => {
    const bytes = readFixture(name);
    expect(dialect.parseRequest(JSON.parse(bytes.toString()))).toEqual({ request, encoding });
    expect(Buffer.from(dialect.encodeRequest(request, encoding)).toString()).toBe(bytes.toString());
  });

  it.each(encodingsOf[dialect.name])("reads and writes an answer of %s as recorded", (encoding) => {
    const bytes = readFixture(`${dialect.name}/response-${encoding}`);
    const timing = { totalMs: 12.3456789, loadMs: 0 };
    expect(Buffer.from(dialect.encodeResponse(result, encoding, timing)).toString()).toBe(bytes.toString());
    const received = dialect.parseResponse(bytes);
    expect(describeBits(received.vectors)).toEqual(describeBits(result.vectors));
    expect([received.inputTokens, received.truncated]).toEqual(countsOf[dialect.name]);
  });

  it("answers an error as recorded, and reads its message back", () => {
    const message = "input[3]: expected a string, got null. Send a list of strings.";
    const error = new WeirError("INVALID_REQUEST", message, { field: "input[3]" });
    const encoded = dialect.encodeError(error, "req-1");
    expect(encoded.status).toBe(400);
    expect(JSON.stringify(encoded.body)).toBe(readFixture(`${dialect.name}/error`).toString());
    expect(dialect.parseError(Buffer.from(JSON.stringify(encoded.body)))).toBe(message);
  });

  it("has an envelope for every code, and hides a defect's own message", () => {
    for (const code of Object.keys(errorCodes) as ErrorCode[]) {
      const { status, body } = dialect.encodeError(new WeirError(code, "secret detail"), "req-1");
      expect([errorCodes[code].status, 400, 424, 429]).toContain(status);
      const message = dialect.parseError(Buffer.from(JSON.stringify(body)));
      expect(message).toContain(code === "INTERNAL" ? "req-1" : "secret detail");
      expect(message?.includes("secret detail")).toBe(code !== "INTERNAL");
    }
  });

  it("does not take other bodies for its errors", () => {
    for (const body of ["", "<html>", "null", "[]", "{}", '{"detail":3}', '{"error":null}', '"error"']) {
      expect(dialect.parseError(Buffer.from(body))).toBeUndefined();
    }
  });

  it("carries every vector bit for bit in every encoding it has", () => {
    fc.assert(
      fc.property(arbitraryVectors(), fc.constantFrom(...encodingsOf[dialect.name]), (vectors, encoding) => {
        const body = dialect.encodeResponse({ ...result, vectors }, encoding);
        expect(describeBits(dialect.parseResponse(body).vectors)).toEqual(describeBits(vectors));
      }),
    );
  });

  it("carries every text there is, lone surrogates included", () => {
    const texts = fc.array(fc.string({ unit: "binary", minLength: 1 }), { minLength: 1 });
    const lone = fc.constantFrom(["\ud800"], ["a\udfffb", "\u0000"]);
    fc.assert(
      fc.property(fc.oneof(texts, lone), (texts) => {
        const request: EmbeddingRequest = { ...plain, model: "m", inputs: { kind: "texts", texts } };
        const body = dialect.encodeRequest(request, "float");
        const parsed = dialect.parseRequest(JSON.parse(Buffer.from(body).toString()));
        expect(parsed.request.inputs).toEqual({ kind: "texts", texts });
      }),
    );
  });

  it.each([
    ["undefined", undefined, "nothing"],
    ["null", null, "null"],
    ["a list", [], "an empty list"],
    ["a string", "text", '"text"'],
  ])("names %s as a body that is no object", (_name, body, described) => {
    expect(() => dialect.parseRequest(body)).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        message: expect.stringContaining(`got ${described}`),
      }),
    );
  });

  it("reads no field from a prototype", () => {
    const inherited = Object.create({ input: ["a"], inputs: ["a"], texts: ["a"], model: "m" }) as unknown;
    expect(() => dialect.parseRequest(inherited)).toThrow(/got nothing/);
    const body = JSON.parse(
      '{"__proto__":{"dimensions":3},"constructor":1,"model":"m","input":["a"],"inputs":["a"],"texts":["a"]}',
    ) as unknown;
    expect(dialect.parseRequest(body).request.dimensions).toBeUndefined();
    expect(({} as Record<string, unknown>)["dimensions"]).toBeUndefined();
  });
});

function arbitraryVectors(): fc.Arbitrary<VectorBlock> {
  const value = fc.float({ noNaN: true, noDefaultInfinity: true });
  return fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 }))
    .chain(([count, dimensions]) => {
      const length = count * dimensions;
      return fc
        .array(value, { minLength: length, maxLength: length })
        .map((values) => ({ count, dimensions, values: Float32Array.from(values) }));
    });
}

/** A block with its values as bits, so that -0 and 0 differ. */
function describeBits({ count, dimensions, values }: VectorBlock): unknown {
  return {
    count,
    dimensions,
    bits: Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length)),
  };
}

function readFixture(name: string): Buffer {
  const [dialect, file] = name.split("/");
  return readFileSync(new URL(`./${dialect}/fixtures/${file}.json`, import.meta.url));
}
