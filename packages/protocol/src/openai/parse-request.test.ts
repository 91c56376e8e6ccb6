import { describe, expect, it } from "vitest";
import { parseOpenAIRequest } from "./parse-request.ts";

describe("parseOpenAIRequest", () => {
  it("fills what is left out, also where it is null", () => {
    const absent = parseOpenAIRequest({ input: "a" });
    expect(absent).toEqual({
      request: {
        model: undefined,
        inputs: { kind: "texts", texts: ["a"] },
        normalize: true,
        pooling: undefined,
        dimensions: undefined,
        truncate: true,
      },
      encoding: "float",
    });
    const nulls = {
      input: "a",
      model: null,
      dimensions: null,
      encoding_format: null,
      truncate: null,
      user: null,
    };
    expect(parseOpenAIRequest(nulls)).toEqual(absent);
  });

  it("ignores fields that it does not know", () => {
    expect(parseOpenAIRequest({ input: "a", user: 7, extra: { deep: [] } })).toEqual(
      parseOpenAIRequest({ input: "a" }),
    );
  });

  it.each<[Record<string, unknown>, string]>([
    [{ model: 3 }, "model: expected a string, got 3. Correct it or leave it out."],
    [
      { dimensions: 0 },
      "dimensions: expected a whole number of at least 1, got 0. Correct it or leave it out.",
    ],
    [
      { dimensions: 1.5 },
      "dimensions: expected a whole number of at least 1, got 1.5. Correct it or leave it out.",
    ],
    [
      { dimensions: "64" },
      'dimensions: expected a whole number of at least 1, got "64". Correct it or leave it out.',
    ],
    [
      { encoding_format: "int8" },
      'encoding_format: expected one of float, base64, got "int8". Correct it or leave it out.',
    ],
    [{ truncate: "no" }, 'truncate: expected true or false, got "no". Leave it out for true.'],
  ])("refuses %j", (fields, message) => {
    expect(() => parseOpenAIRequest({ input: "a", ...fields })).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", field: Object.keys(fields)[0], message }),
    );
  });
});
