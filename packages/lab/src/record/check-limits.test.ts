import { describe, expect, it } from "vitest";
import { checkLimits, type AnswerKind } from "./check-limits.ts";
import { parseLimit } from "./limit.ts";

describe("checkLimits", () => {
  const check = (text: string, answers: AnswerKind): void => checkLimits([parseLimit(text)], answers);

  it.each(["ttft.p95 < 1s", "ttfo.p95 < 1s", "tpot.p50 < 1s", "gap.p99 < 1s"])(
    "wants a stream for %s",
    (text) => {
      expect(() => check(text, "no-tokens")).toThrow("answers without tokens can keep");
      expect(() => check(text, "whole")).toThrow("answers without a stream can keep");
      expect(() => check(text, "stream")).not.toThrow();
    },
  );

  it("lets through what every answer has", () => {
    for (const text of [
      "errors < 1%",
      "response.p95 < 1s",
      "server.p95 < 1s",
      "units > 1/s",
      "requests > 1/s",
    ])
      expect(() => check(text, "no-tokens")).not.toThrow();
    expect(() => check("tokens > 1/s", "whole")).not.toThrow();
    expect(() => check("tokens > 1/s", "no-tokens")).toThrow("answers without tokens can keep");
  });
});
