import { describe, expect, it } from "vitest";
import { parseOpenAIError } from "./parse-error.ts";
import { parseOpenAIResponse } from "./parse-response.ts";

function parse(answer: unknown): ReturnType<typeof parseOpenAIResponse> {
  return parseOpenAIResponse(Buffer.from(JSON.stringify(answer)));
}

describe("parseOpenAIResponse", () => {
  it("puts the rows in the order of their index", () => {
    const data = [
      { index: 2, embedding: [3] },
      { index: 0, embedding: [1] },
      { index: 1, embedding: [2] },
    ];
    expect(parse({ data }).vectors.values).toEqual(Float32Array.of(1, 2, 3));
  });

  it("takes rows without an index as they come, and says nothing of counts that are not there", () => {
    const received = parse({ data: [{ embedding: [1] }, { embedding: [2] }], usage: { prompt_tokens: "5" } });
    expect(received.vectors.values).toEqual(Float32Array.of(1, 2));
    expect(received).toMatchObject({ inputTokens: undefined, truncated: undefined });
  });

  it.each<[string, unknown, string]>([
    ["no data", {}, "data: expected a list with one entry for each input, got nothing"],
    ["empty data", { data: [] }, "data: expected a list with one entry for each input, got an empty list"],
    ["an entry that is no object", { data: [[1]] }, "data[0]: expected an object, got a list of 1"],
    [
      "an entry without its vector",
      { data: [{ index: 0 }] },
      "data[0].embedding: expected a vector (a list of numbers or base64), got nothing",
    ],
    [
      "an index twice",
      {
        data: [
          { index: 0, embedding: [1] },
          { index: 0, embedding: [2] },
        ],
      },
      "data[1].index: expected each index once, got 0 again",
    ],
    [
      "an index beyond the list",
      { data: [{ index: 1, embedding: [1] }] },
      "data[0].index: expected a whole number from 0 to 0, got 1",
    ],
    ["a list as the body", [1], "expected a JSON object as the body, got a list of 1"],
  ])("names %s", (_name, answer, message) => {
    expect(() => parse(answer)).toThrow(expect.objectContaining({ code: "TARGET_ANSWER_INVALID", message }));
  });

  it("shows how a body starts that is no JSON", () => {
    expect(() => parseOpenAIResponse(Buffer.from("<html>Bad gateway</html>"))).toThrow(
      /^expected a JSON body, got 24 bytes that start with "<html>Bad gateway<\/html>"/,
    );
    expect(() => parseOpenAIResponse(Buffer.from('{"data":[{"embedding":[NaN]}]}'))).toThrow(
      /Unexpected token/,
    );
  });
});

describe("parseOpenAIError", () => {
  it("finds the message nested or at the top", () => {
    expect(parseOpenAIError(Buffer.from('{"error":{"message":"no such model"}}'))).toBe("no such model");
    expect(parseOpenAIError(Buffer.from('{"object":"error","message":"too long"}'))).toBe("too long");
  });
});
