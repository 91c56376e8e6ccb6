import { describe, expect, it } from "vitest";
import { retryDelayMs } from "./retry-delay.ts";

const nowMs = Date.parse("2026-01-01T00:00:00Z");

function delayFor(
  status: number,
  headers: Record<string, string> = {},
  attempt = 0,
  random = 0,
): number | undefined {
  return retryDelayMs({ kind: "answer", status, headers: new Headers(headers) }, attempt, random, nowMs);
}

describe("retryDelayMs", () => {
  it("doubles from attempt to attempt up to 8 s, half of it random", () => {
    const delays = [0, 1, 2, 3, 10].map((attempt) => [
      delayFor(503, {}, attempt),
      delayFor(503, {}, attempt, 1),
    ]);
    expect(delays).toEqual([
      [125, 250],
      [250, 500],
      [500, 1_000],
      [1_000, 2_000],
      [4_000, 8_000],
    ]);
    expect(retryDelayMs({ kind: "no-answer" }, 1, 1, nowMs)).toBe(500);
  });

  it("retries what may pass, unless the server says otherwise", () => {
    const retried = [200, 400, 401, 404, 408, 409, 413, 422, 429, 500, 502, 503, 529].filter(
      (status) => delayFor(status) !== undefined,
    );
    expect(retried).toEqual([408, 409, 429, 500, 502, 503, 529]);
    expect(delayFor(503, { "x-should-retry": "false" })).toBeUndefined();
    expect(delayFor(400, { "x-should-retry": "true" })).toBe(125);
  });

  it.each<[Record<string, string>, number]>([
    [{ "retry-after-ms": "30" }, 30],
    [{ "retry-after-ms": "30", "retry-after": "5" }, 30],
    [{ "retry-after": "2" }, 2_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:03 GMT" }, 3_000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
    [{ "retry-after": "60" }, 60_000],
    [{ "retry-after": "3600" }, 3_600_000],
    [{ "retry-after": "soon" }, 125],
    [{ "retry-after-ms": "-1" }, 125],
    [{ "retry-after-ms": "" }, 125],
  ])("waits as %j says", (headers, delayMs) => {
    expect(delayFor(429, headers)).toBe(delayMs);
  });

  it("never comes earlier than the server says, and up to a tenth later", () => {
    expect(delayFor(503, { "retry-after": "2" }, 0, 0.5)).toBe(2_100);
    expect(delayFor(503, { "retry-after": "2" }, 0, 1)).toBe(2_200);
  });
});
