import { describe, expect, it } from "vitest";
import { describeRefusals, splitOutcomes } from "./outcomes.ts";

describe("splitOutcomes", () => {
  it("takes 429, 503 and 529 for refusals, and everything else for failures", () => {
    const failure = (count: number, firstMessage: string) => ({ count, firstMessage, firstBody: "" });
    const split = splitOutcomes({
      total: 22,
      byKind: {
        "http-503": failure(12, "busy"),
        "http-429": failure(1, "slower"),
        timeout: failure(6, "no answer within 30 s"),
        "http-500": failure(3, "oh"),
      },
    });
    expect(split).toEqual({
      refused: 13,
      failed: 9,
      statuses: { "429": 1, "503": 12 },
      firstFailure: "timeout: no answer within 30 s",
    });
    expect(describeRefusals(split.statuses)).toBe("1 time 429, 12 times 503");
    expect(describeRefusals({})).toBeUndefined();
  });
});
