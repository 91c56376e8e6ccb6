import { describe, expect, it } from "vitest";
import { resolveSlowRequests, slowLimits } from "./slow-requests.ts";

describe("--slow", () => {
  it.each([
    [["250ms"], { defaultMs: 250, byJob: {} }],
    [["0"], { defaultMs: 0, byJob: {} }],
    [["embed-file=5s"], { defaultMs: 100, byJob: { "embed-file": 5_000 } }],
    [
      ["1s", "embed=200ms", "embed-file=2m"],
      { defaultMs: 1_000, byJob: { embed: 200, "embed-file": 120_000 } },
    ],
    [["1s, embed=200ms"], { defaultMs: 1_000, byJob: { embed: 200 } }],
    [["embed=1s", "embed=2s"], { defaultMs: 100, byJob: { embed: 2_000 } }],
  ])("reads %j", (written, limits) => {
    expect(slowLimits.read(written)).toEqual(written);
    expect(resolveSlowRequests(written)).toEqual(limits);
  });

  it.each(["", "5", "embed", "embed=", "embed=5", "=5s", "chat-turn=5s", "1s,", "embed=1s=2s", 100, null])(
    "refuses %j",
    (written) => {
      expect(slowLimits.read([written])).toBeUndefined();
    },
  );
});
