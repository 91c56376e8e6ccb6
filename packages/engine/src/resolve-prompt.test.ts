import { expect, it } from "vitest";
import { resolvePrompt } from "./resolve-prompt.ts";

const texts = new Map([
  ["query", "search_query: "],
  ["document", "search_document: "],
]);
const inputs = { kind: "texts", texts: ["a"] } as const;
const tokens = { kind: "tokens", tokens: [[1]] } as const;

it("takes the prompt that was named, else the default one, none for the empty name", () => {
  const prompts = { texts, defaultName: "document" };
  expect(resolvePrompt(prompts, "query", inputs)).toBe("search_query: ");
  expect(resolvePrompt(prompts, undefined, inputs)).toBe("search_document: ");
  expect(resolvePrompt(prompts, "", inputs)).toBe("");
  expect(resolvePrompt({ texts, defaultName: undefined }, undefined, inputs)).toBe("");
});

it("refuses a name that is not there, naming those that are", () => {
  const refused = (message: RegExp) =>
    expect.objectContaining({
      code: "INVALID_REQUEST",
      field: "prompt_name",
      message: expect.stringMatching(message) as unknown,
    }) as unknown;
  expect(() => resolvePrompt({ texts, defaultName: undefined }, "passage", inputs)).toThrow(
    refused(/"passage".*query, document/),
  );
  expect(() => resolvePrompt({ texts: new Map(), defaultName: undefined }, "query", inputs)).toThrow(
    refused(/has none/),
  );
});

it("leaves token ids alone, and refuses a prompt that was named for them", () => {
  expect(resolvePrompt({ texts, defaultName: "document" }, undefined, tokens)).toBe("");
  expect(() => resolvePrompt({ texts, defaultName: undefined }, "query", tokens)).toThrow(/token ids/);
});
