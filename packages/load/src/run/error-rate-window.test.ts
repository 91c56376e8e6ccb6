import { describe, expect, it } from "vitest";
import { startEmbeddingServer } from "../fixtures/embedding-server.ts";
import { planFor } from "../fixtures/plan-for.ts";
import { ErrorRateWindow } from "./error-rate-window.ts";
import { runLoad } from "./run-load.ts";

describe("ErrorRateWindow", () => {
  it("says so when the share is reached, and not before there are enough requests", () => {
    const window = new ErrorRateWindow({ share: 0.5, windowMs: 1000, leastCount: 6 });
    for (let at = 0; at < 3; at += 1) {
      expect(window.note(true, at)).toBeUndefined();
      expect(window.note(false, at)).toBeUndefined();
    }
    expect(window.note(true, 3)).toEqual({ failures: 4, requests: 7, windowMs: 1000 });
  });

  it("forgets what is older than the window", () => {
    const window = new ErrorRateWindow({ share: 0.5, windowMs: 1000, leastCount: 4 });
    for (let at = 0; at < 3; at += 1) window.note(true, at);
    // A window later the three failures are out of it.
    for (let at = 0; at < 8; at += 1) window.note(false, 1000 + at);
    expect(window.note(true, 1010)).toBeUndefined();
    const long = new ErrorRateWindow({ share: 0.5, windowMs: 1000, leastCount: 4 });
    for (let at = 0; at < 3; at += 1) long.note(true, at);
    expect(long.note(true, 940)).toMatchObject({ failures: 4, requests: 4 });
  });

  it("agrees with counting when failures come and go", () => {
    const limit = { share: 0.3, windowMs: 2000, leastCount: 10 };
    const window = new ErrorRateWindow(limit);
    const seen: { readonly atMs: number; readonly failed: boolean }[] = [];
    for (let index = 0; index < 600; index += 1) {
      const atMs = index * 10;
      const failed = index % 5 === 0 || (index > 300 && index % 2 === 0);
      seen.push({ atMs, failed });
      const said = window.note(failed, atMs);
      const since = (Math.floor(atMs / 100) - 19) * 100;
      const recent = seen.filter((request) => request.atMs >= since);
      const failures = recent.filter((request) => request.failed).length;
      const expected = failed && recent.length >= 10 && failures >= 0.3 * recent.length;
      expect(said !== undefined, `at ${atMs}`).toBe(expected);
    }
  });

  it("ends a run, which says what it saw", async () => {
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index < 10 || index % 2 === 0) return false;
      response.writeHead(503).end();
      return true;
    });
    const errorRate = { share: 0.3, windowMs: 60_000, leastCount: 8 };
    const result = await runLoad(planFor(server.url, { users: 1, stop: { durationMs: 60_000, errorRate } }));
    // Ten good ones, then every other fails: 8 of 26 are the first 30 %.
    expect(result.end).toEqual({
      kind: "stopped",
      reason: { kind: "error-rate", failures: 8, requests: 26, windowMs: 60_000, failuresInARow: 1 },
      at: { users: 1, requests: 26, failed: 8, failureShare: 8 / 26 },
    });
    expect(result.untilFirstFailure).toMatchObject({ completed: 11 });
  });
});
