import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI, { NotFoundError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countInputs } from "../canonical/embedding.ts";
import { toWeirError, WeirError } from "../canonical/weir-error.ts";
import { openaiDialect } from "./openai-dialect.ts";

const dimensions = 384;

/** Vectors that differ by text, with values of every size. */
function embed(texts: readonly string[]): Float32Array {
  const values = new Float32Array(texts.length * dimensions);
  for (const [row, text] of texts.entries()) {
    for (let column = 0; column < dimensions; column += 1) {
      values[row * dimensions + column] = Math.sin((text.length + 1) * (column + 1)) * 10 ** -(column % 9);
    }
  }
  return values;
}

/** A server of nothing but this dialect. */
function createDialectServer(): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      try {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
        const parsed = openaiDialect.parseRequest(body);
        const { inputs, model } = parsed.request;
        if (model !== "m")
          throw new WeirError("MODEL_NOT_FOUND", `model ${String(model)} is not served here`);
        const texts =
          inputs.kind === "texts" ? inputs.texts : inputs.tokens.map((ids) => "x".repeat(ids.length));
        const vectors = { count: countInputs(inputs), dimensions, values: embed(texts) };
        response.end(
          openaiDialect.encodeResponse({ model, vectors, inputTokens: 5, truncated: 0 }, parsed.encoding),
        );
      } catch (error) {
        const encoded = openaiDialect.encodeError(toWeirError(error), "req-1");
        response.writeHead(encoded.status).end(JSON.stringify(encoded.body));
      }
    });
  });
}

describe("the openai package from npm", () => {
  const server = createDialectServer();
  let client: OpenAI;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: "none", maxRetries: 0 });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it("gets the same bits by default (base64) as from floats", async () => {
    const input = ["The river rises.", "Ω", "🌊 and more"];
    const byDefault = await client.embeddings.create({ model: "m", input });
    const asFloats = await client.embeddings.create({ model: "m", input, encoding_format: "float" });
    const expected = embed(input);
    for (const { data } of [byDefault, asFloats]) {
      expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
      expect(Float32Array.from(data.flatMap(({ embedding }) => embedding))).toEqual(expected);
    }
    expect(byDefault.usage).toEqual({ prompt_tokens: 5, total_tokens: 5 });
    expect(byDefault.model).toBe("m");
  });

  it.each([
    ["a string", "one text", 1],
    ["token ids", [1, 2, 3], 1],
    ["token arrays", [[1], [2, 3]], 2],
  ] as const)("sends %s", async (_name, input, count) => {
    const { data } = await client.embeddings.create({ model: "m", input: structuredClone(input) as string });
    expect(data).toHaveLength(count);
    expect(data[0]?.embedding).toHaveLength(dimensions);
  });

  it("reads the error envelope", async () => {
    const asked = client.embeddings.create({ model: "other", input: "a" });
    await expect(asked).rejects.toBeInstanceOf(NotFoundError);
    await expect(asked).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
      type: "invalid_request_error",
      message: "404 model other is not served here",
    });
    const empty = client.embeddings.create({ model: "m", input: ["a", ""] });
    await expect(empty).rejects.toMatchObject({ status: 400, code: "empty_input", param: "input[1]" });
  });
});
