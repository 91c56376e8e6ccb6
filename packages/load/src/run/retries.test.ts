import { describe, expect, it } from "vitest";
import { startEmbeddingServer } from "../fixtures/embedding-server.ts";
import { planFor } from "../fixtures/plan-for.ts";
import { ResponseHead } from "../http/response-head.ts";
import type { LoadPlan } from "./load-plan.ts";
import { isRetryable, noAdvice, readRetryAdvice, retryWaitMs } from "./retry-policy.ts";
import { runLoad } from "./run-load.ts";

function withRetries(plan: LoadPlan, retries: number): LoadPlan {
  return { ...plan, transport: { ...plan.transport, retries } };
}

describe("requests that are sent again", () => {
  it("counts attempts apart: success and latency are of first attempts", async () => {
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index % 3 !== 0) return false;
      response.writeHead(503, { "retry-after-ms": "15" }).end("full");
      return true;
    });
    const plan = planFor(server.url, { users: 1, stop: { requests: 10 }, workload: { batch: 1 } });
    const result = await runLoad(withRetries(plan, 2));
    // Requests 0, 3, 6, ... that the server sees are refused; each comes again as the next one.
    expect(result.counts).toMatchObject({ offered: 10, sent: 10, completed: 5, failed: { total: 5 } });
    expect(result.retries).toMatchObject({ attempts: 5, recovered: 5, givenUp: 0, responseMs: { n: 5 } });
    expect(result.retries!.responseMs.min!).toBeGreaterThanOrEqual(15);
    expect(result.latencyMs.response.n).toBe(5);
    const texts = server.requests.map((request) => request.texts[0]);
    expect(texts).toHaveLength(15);
    for (let index = 0; index < 15; index += 3) expect(texts[index + 1]).toBe(texts[index]);
    expect(new Set(texts).size).toBe(10);
  });

  it("gives up after so many, and where the server says that it is of no use or the fault is the request's", async () => {
    for (const [status, headers, attempts] of [
      [500, { "retry-after-ms": "1" }, 2],
      [500, { "retry-after-ms": "1", "x-should-retry": "false" }, 0],
      [400, { "retry-after-ms": "1" }, 0],
      [400, { "retry-after-ms": "1", "x-should-retry": "true" }, 2],
    ] as const) {
      await using server = await startEmbeddingServer("openai", (_, response) => {
        response.writeHead(status, headers).end();
        return true;
      });
      const plan = planFor(server.url, { users: 1, stop: { requests: 3 } });
      const result = await runLoad(withRetries(plan, 2));
      expect(server.requests).toHaveLength(3 + 3 * attempts);
      expect(result.counts.failed.total).toBe(3);
      expect(result.retries).toMatchObject({ attempts: 3 * attempts, givenUp: attempts === 0 ? 0 : 3 });
    }
  });

  it("sends again what got no answer, on a new connection", async () => {
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index !== 1) return false;
      response.destroy();
      return true;
    });
    const plan = planFor(server.url, { users: 1, stop: { requests: 3 } });
    const result = await runLoad(withRetries(plan, 1));
    expect(result.retries).toMatchObject({ attempts: 1, recovered: 1 });
    expect(result.connections).toMatchObject({ opened: 2, reused: 2 });
  });

  it("ends while something waits to be sent again", async () => {
    await using server = await startEmbeddingServer("openai", (_, response) => {
      response.writeHead(503, { "retry-after": "50" }).end();
      return true;
    });
    const plan = planFor(server.url, { users: 2, stop: { durationMs: 60 } });
    const result = await runLoad(withRetries(plan, 1));
    expect(result.counts).toMatchObject({ failed: { total: 2 }, cutOff: 0 });
    expect(result.retries).toMatchObject({ attempts: 0, recovered: 0, givenUp: 0 });
  });

  it("sends nothing again unless it is asked to", async () => {
    await using server = await startEmbeddingServer("openai", (_, response) => {
      response.writeHead(503, { "retry-after-ms": "1" }).end();
      return true;
    });
    const result = await runLoad(planFor(server.url, { users: 1, stop: { requests: 4 } }));
    expect(server.requests).toHaveLength(4);
    expect(result.retries).toBeUndefined();
  });
});

describe("how long to wait", () => {
  const head = (lines: string): ResponseHead => {
    const bytes = Buffer.from(lines);
    const view = new ResponseHead();
    view.setLines(bytes, 0, bytes.length);
    return view;
  };

  it("does what the server asks, up to a minute", () => {
    const now = Date.parse("2025-01-01T00:00:00Z");
    const read = (lines: string): number | undefined => readRetryAdvice(head(lines), now).waitMs;
    expect(read("Retry-After: 3\r\n")).toBe(3000);
    expect(read("Retry-After: 3\r\nRetry-After-Ms: 250\r\n")).toBe(250);
    expect(read("Retry-After: Wed, 01 Jan 2025 00:00:07 GMT\r\n")).toBe(7000);
    expect(read("Retry-After: 61\r\n")).toBeUndefined();
    expect(read("Retry-After: soon\r\n")).toBeUndefined();
    expect(read("Content-Type: text/plain\r\n")).toBeUndefined();
  });

  it("else doubles from half a second to 8 s, a quarter less at most", () => {
    const waits = [0, 1, 2, 3, 4, 5, 9].map((attempt) => retryWaitMs(attempt, noAdvice, 0));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000]);
    expect(retryWaitMs(1, noAdvice, 0.5)).toBe(875);
  });

  it("knows which answers may be others the next time", () => {
    const statuses = [200, 400, 401, 404, 408, 409, 422, 429, 500, 503, 529];
    const again = statuses.filter((status) => isRetryable(status, noAdvice));
    expect(again).toEqual([408, 409, 429, 500, 503, 529]);
    for (const status of statuses) {
      expect(isRetryable(status, { ...noAdvice, again: true })).toBe(true);
      expect(isRetryable(status, { ...noAdvice, again: false })).toBe(false);
    }
  });
});
