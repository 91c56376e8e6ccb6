import type { ChatMessage, ChatRequest } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { refuseFarTooLong } from "./check-length.ts";

function toRequest(texts: readonly string[], tools: ChatRequest["tools"] = []) {
  const messages = texts.map((text): ChatMessage => ({ role: "user", parts: [{ kind: "text", text }] }));
  return { messages, tools, toolChoice: { kind: "auto" } } as const;
}

/** One token for each word, as far as it was asked. */
function countWords() {
  const asked = { chars: 0 };
  const count = (text: string): number => {
    asked.chars += text.length;
    return text.split(/\s+/).filter(Boolean).length;
  };
  return { asked, count };
}

describe("a request that is far too long", () => {
  it.each([
    ["in one message", toRequest(["word ".repeat(2_000_000)])],
    ["in many", toRequest(Array.from({ length: 1_000 }, () => "word ".repeat(2_000)))],
    [
      "in its tools",
      toRequest(["hi"], [{ name: "tool", description: "word ".repeat(2_000_000), parameters: {} }]),
    ],
  ])("is refused after a look at its beginning: %s", (_where, request) => {
    const { asked, count } = countWords();
    expect(() => refuseFarTooLong(request, 8_192, count)).toThrow(
      expect.objectContaining({ code: "INPUT_TOO_LONG" }),
    );
    expect(asked.chars).toBeLessThan(400_000);
  });

  it("is told from one that is long and fits, and from one of a usual length, which is not looked at", () => {
    const { asked, count } = countWords();
    refuseFarTooLong(toRequest([`${"a".repeat(999)} `.repeat(8_000)]), 8_192, count);
    refuseFarTooLong(toRequest([" ".repeat(1_000_000)]), 8_192, count);
    expect(asked.chars).toBeGreaterThan(0);
    asked.chars = 0;
    refuseFarTooLong(toRequest(["word ".repeat(8_000)]), 8_192, count);
    expect(asked.chars).toBe(0);
  });
});
