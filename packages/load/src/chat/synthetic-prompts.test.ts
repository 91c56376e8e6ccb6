import { describe, expect, it } from "vitest";
import { createSyntheticPrompts } from "./synthetic-prompts.ts";

describe("createSyntheticPrompts", () => {
  it("makes as many words as there are to be tokens, each prompt another, the same for the same seed", () => {
    const options = { inputTokens: 50, count: 20, seed: 7 };
    const prompts = createSyntheticPrompts(options);
    const texts = prompts.map(({ messages }) => JSON.stringify(messages));
    expect(new Set(texts).size).toBe(20);
    for (const { messages } of prompts) {
      const [message] = messages;
      const [part] = message?.role === "user" ? message.parts : [];
      expect(part?.kind === "text" ? part.text.split(" ") : []).toHaveLength(50);
    }
    expect(createSyntheticPrompts(options)).toEqual(prompts);
    expect(createSyntheticPrompts({ ...options, seed: 8 })).not.toEqual(prompts);
    expect(() => createSyntheticPrompts({ ...options, inputTokens: 0 })).toThrow("inputTokens must be");
  });
});
