import { describe, expect, it } from "vitest";
import { readInputs, type InputRules } from "./read-inputs.ts";

const openai: InputRules = { single: true, tokens: true, emptyText: false };
const ollama: InputRules = { single: true, tokens: false, emptyText: true };
const sidecar: InputRules = { single: false, tokens: false, emptyText: true };

describe("readInputs", () => {
  it.each<[string, InputRules, unknown, unknown]>([
    ["a string", openai, "a", { kind: "texts", texts: ["a"] }],
    ["strings", openai, ["a", "b"], { kind: "texts", texts: ["a", "b"] }],
    ["one token array", openai, [0, 1, 2], { kind: "tokens", tokens: [[0, 1, 2]] }],
    ["token arrays", openai, [[1], [2, 3]], { kind: "tokens", tokens: [[1], [2, 3]] }],
    ["an empty string where it is a text", ollama, "", { kind: "texts", texts: [""] }],
    ["empty strings in a list", sidecar, ["", ""], { kind: "texts", texts: ["", ""] }],
  ])("reads %s", (_name, rules, input, expected) => {
    expect(readInputs({ input }, "input", rules)).toEqual(expected);
  });

  it.each<[string, InputRules, unknown, string, string]>([
    [
      "nothing",
      openai,
      undefined,
      "INVALID_REQUEST",
      "input: expected a string, a list of strings, or token ids, got nothing. Send a string, a list of strings, or token ids.",
    ],
    [
      "null",
      openai,
      null,
      "INVALID_REQUEST",
      "input: expected a string, a list of strings, or token ids, got null. Send a string, a list of strings, or token ids.",
    ],
    [
      "null in a list",
      openai,
      ["a", "b", "c", null],
      "INVALID_REQUEST",
      "input[3]: expected a string, got null. Send a string, a list of strings, or token ids.",
    ],
    [
      "a number in texts",
      openai,
      ["a", 1],
      "INVALID_REQUEST",
      "input[1]: expected a string, got 1. Send a string, a list of strings, or token ids.",
    ],
    [
      "a text in token arrays",
      openai,
      [[1], "a"],
      "INVALID_REQUEST",
      'input[1]: expected a list of token ids, got "a". Send either texts or lists of token ids, not both.',
    ],
    [
      "a text among token ids",
      openai,
      [1, "a"],
      "INVALID_REQUEST",
      'input[1]: expected a token id (a whole number of at least 0), got "a". Send token ids of the model\'s own vocabulary.',
    ],
    [
      "a negative token id",
      openai,
      [[1, -1]],
      "INVALID_REQUEST",
      "input[0][1]: expected a token id (a whole number of at least 0), got -1. Send token ids of the model's own vocabulary.",
    ],
    [
      "a broken token id",
      openai,
      [1.5],
      "INVALID_REQUEST",
      "input[0]: expected a token id (a whole number of at least 0), got 1.5. Send token ids of the model's own vocabulary.",
    ],
    [
      "a token id beyond 31 bits",
      openai,
      [2 ** 31],
      "INVALID_REQUEST",
      "input[0]: expected a token id (a whole number of at least 0), got 2147483648. Send token ids of the model's own vocabulary.",
    ],
    [
      "token ids where texts are asked",
      ollama,
      [1],
      "INVALID_REQUEST",
      "input[0]: expected a string, got 1. Send a string or a list of strings.",
    ],
    [
      "a string where a list is asked",
      sidecar,
      "a",
      "INVALID_REQUEST",
      'input: expected a list of strings, got "a". Send a list of strings.',
    ],
    [
      "an empty list",
      openai,
      [],
      "EMPTY_INPUT",
      "input: the list is empty; expected something to embed. Send at least one text.",
    ],
    [
      "an empty string",
      openai,
      "",
      "EMPTY_INPUT",
      "input: the text is empty; expected something to embed. Leave empty texts out of input.",
    ],
    [
      "an empty string in a list",
      openai,
      ["a", ""],
      "EMPTY_INPUT",
      "input[1]: the text is empty; expected something to embed. Leave empty texts out of input.",
    ],
    [
      "an empty token array",
      openai,
      [[1], []],
      "EMPTY_INPUT",
      "input[1]: the list of token ids is empty; expected something to embed. Send at least one token.",
    ],
  ])("refuses %s", (_name, rules, input, code, message) => {
    expect(() => readInputs({ input }, "input", rules)).toThrow(expect.objectContaining({ code, message }));
  });

  it("says which field is at fault, for envelopes that carry it", () => {
    expect(() => readInputs({ input: ["a", null] }, "input", openai)).toThrow(
      expect.objectContaining({ field: "input[1]" }),
    );
  });
});
