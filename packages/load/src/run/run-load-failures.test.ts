import net from "node:net";
import { describe, expect, it } from "vitest";
import { startEmbeddingServer } from "../fixtures/embedding-server.ts";
import { listen } from "../fixtures/listen.ts";
import { planFor } from "../fixtures/plan-for.ts";
import { runLoad } from "./run-load.ts";

const quickLimits = { unreachableAfterMs: 100, nothingWorkedAfterMs: 100, lostAfterMs: 100 };

describe("runLoad when the server does not do its part", () => {
  it("counts failures by kind with the first body seen, and goes on", async () => {
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index % 4 !== 1) return false;
      response.statusCode = index % 8 === 1 ? 503 : 429;
      response.end(
        JSON.stringify({ error: { message: `full (${index})`, type: "t", param: null, code: null } }),
      );
      return true;
    });
    const result = await runLoad(planFor(server.url, { stop: { requests: 24 }, users: 1 }));
    expect(result.counts).toMatchObject({ completed: 18, failed: { total: 6 } });
    expect(result.counts.failed.byKind["http-503"]).toEqual({
      count: 3,
      firstMessage: "status 503 instead of 200: full (1)",
      firstBody: expect.stringContaining('"full (1)"') as string,
    });
    expect(result.counts.failed.byKind["http-429"]?.count).toBe(3);
    expect(result.latencyMs.service.n).toBe(18);
  });

  it.each([
    ["too few vectors", "[[1,2,3,4]]", "2 texts were sent and 1 vectors came back"],
    ["no JSON", "<html>hello</html>", ""],
    ["an empty body", "", "status 200 with an empty body"],
  ])("calls %s a wrong answer", async (_, body, message) => {
    await using server = await startEmbeddingServer("tei", (_seen, response) => {
      response.end(body);
      return true;
    });
    const result = await runLoad(
      planFor(server.url, { workload: { dialect: "tei" }, stop: { requests: 3 }, users: 1 }),
    );
    expect(result.counts).toMatchObject({ completed: 0, failed: { total: 3 } });
    expect(result.counts.failed.byKind["wrong-answer"]?.firstMessage).toContain(message);
  });

  it("calls a change of dimensions a wrong answer", async () => {
    await using server = await startEmbeddingServer("tei", (_seen, response, index) => {
      response.end(index === 0 ? "[[1,2,3]]" : "[[1,2]]");
      return true;
    });
    const result = await runLoad(
      planFor(server.url, { workload: { dialect: "tei", batch: 1 }, stop: { requests: 2 }, users: 1 }),
    );
    expect(result.counts.failed.byKind["wrong-answer"]?.firstMessage).toBe(
      "vectors had 3 dimensions before and 2 now",
    );
  });

  it("gives up on a port where nothing listens, after a few tries", async () => {
    const server = await listen(net.createServer());
    await server[Symbol.asyncDispose]();
    const result = await runLoad(planFor(server.url, { stop: { durationMs: 60_000 }, warmupMs: 5000 }), {
      stopLimits: quickLimits,
    });
    expect(result.end).toMatchObject({ kind: "stopped", reason: { kind: "target-unreachable" } });
    expect(result.counts.sent).toBe(0);
    expect(result.counts.failed.total).toBeLessThan(20);
    expect(result.counts.failed.byKind["connect-refused"]?.firstMessage).toContain("nothing listens at");
  });

  it("gives up on a server that says something other than HTTP, without hammering it", async () => {
    let connections = 0;
    await using server = await listen(
      net.createServer((socket) => {
        connections += 1;
        socket.on("data", () => socket.end("220 mail.example ESMTP\r\n"));
      }),
    );
    const result = await runLoad(planFor(server.url, { stop: { durationMs: 60_000 } }), {
      stopLimits: quickLimits,
    });
    expect(result.end).toMatchObject({ kind: "stopped", reason: { kind: "nothing-worked" } });
    expect(result.counts.failed.byKind["malformed-status-line"]?.firstMessage).toContain("220 mail.example");
    expect(connections).toBeLessThan(30);
  });

  it.each([1, 2])("waits for the requests that a full server works on, with %i workers", async (workers) => {
    let full = true;
    await using server = await startEmbeddingServer("tei", (_, response, index) => {
      if (index < 2)
        setTimeout(() => {
          full = false;
          response.end("[[1,2,3,4]]");
        }, 700);
      else if (full) setTimeout(() => response.writeHead(503).end("full"), 2);
      else return false;
      return true;
    });
    const workload = { dialect: "tei", batch: 1 } as const;
    const plan = planFor(server.url, { users: 6, stop: { durationMs: 1000 }, workload });
    const stopLimits = { ...quickLimits, nothingWorkedAfterMs: 400 };
    const result = await runLoad(plan, { stopLimits, workers, progressIntervalMs: 20 });
    expect(result.end).toEqual({ kind: "finished", by: "duration" });
    expect(result.counts.failed.total).toBeGreaterThan(20);
    expect(result.counts.completed).toBeGreaterThan(1);
  });

  it("goes on with a server that answers nothing but errors where 0 failures were asked for", async () => {
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index > 60) return false;
      setTimeout(() => response.writeHead(503).end("full"), 5);
      return true;
    });
    const result = await runLoad(planFor(server.url, { users: 1, stop: { requests: 80, failures: 0 } }), {
      stopLimits: quickLimits,
    });
    expect(result.end).toEqual({ kind: "finished", by: "requests" });
    expect(result.counts).toMatchObject({ completed: 19, failed: { total: 61 } });
  });

  it("gives up on a server that dies half way, with the counts so far", async () => {
    const server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index < 20) return false;
      response.destroy();
      void server[Symbol.asyncDispose]();
      return true;
    });
    const result = await runLoad(planFor(server.url, { stop: { durationMs: 60_000 } }), {
      stopLimits: quickLimits,
    });
    expect(result.end).toMatchObject({ kind: "stopped", reason: { kind: "target-lost" } });
    expect(result.counts.completed).toBeGreaterThanOrEqual(19);
    expect(Object.keys(result.counts.failed.byKind)).toContain("connect-refused");
  });

  it("rides out a server that is away for a moment", async () => {
    await using server = await startEmbeddingServer("openai", (_, response, index) => {
      if (index < 10 || index > 14) return false;
      response.destroy();
      return true;
    });
    const result = await runLoad(planFor(server.url, { stop: { requests: 40 } }));
    expect(result.end).toEqual({ kind: "finished", by: "requests" });
    expect(result.counts).toMatchObject({ completed: 35, failed: { total: 5 } });
  });

  it("counts what is in flight when it is interrupted as cut off, not as failed", async () => {
    const interrupt = new AbortController();
    await using server = await startEmbeddingServer("openai", (_, _response, index) => {
      if (index < 5) return false;
      if (index === 6) interrupt.abort();
      return true;
    });
    const result = await runLoad(planFor(server.url, { stop: { durationMs: 60_000 } }), {
      signal: interrupt.signal,
    });
    expect(result.end).toEqual({ kind: "interrupted" });
    expect(result.counts).toMatchObject({ completed: 5, cutOff: 2, failed: { total: 0 } });
  });

  it("has a result even when it is interrupted before it begins", async () => {
    const result = await runLoad(planFor("http://127.0.0.1:9", { stop: { requests: 1 } }), {
      signal: AbortSignal.abort(),
    });
    expect(result).toMatchObject({ end: { kind: "interrupted" }, counts: { offered: 0, sent: 0 } });
  });

  it("refuses a plan that makes no sense, all problems at once", async () => {
    await expect(
      runLoad(planFor("http://127.0.0.1:9", { stop: { requests: 0.5 }, warmupMs: -1 })),
    ).rejects.toThrow(/requests must be a whole number.*warm-up must be 0 ms/);
    for (const firstByteTimeoutMs of [0, -5, Number.NaN]) {
      const plan = planFor("http://127.0.0.1:9", { stop: { requests: 1 } });
      await expect(
        runLoad({ ...plan, transport: { ...plan.transport, firstByteTimeoutMs } }),
      ).rejects.toThrow("firstByteTimeoutMs must be above 0");
    }
    await expect(runLoad(planFor("http://127.0.0.1:9", {}))).rejects.toThrow("needs an end");
    await expect(runLoad(planFor("ftp://x", { stop: { requests: 1 } }))).rejects.toThrow("http:, https:");
    await expect(
      runLoad(planFor("http://x", { stop: { requests: 1 }, workload: { texts: [] } })),
    ).rejects.toThrow("at least one text");
  });

  it("fails when the one who watches does", async () => {
    await using server = await startEmbeddingServer("openai");
    const watching = runLoad(planFor(server.url, { stop: { durationMs: 60_000 } }), {
      onProgress: () => {
        throw new TypeError("no terminal");
      },
      progressIntervalMs: 1,
    });
    await expect(watching).rejects.toThrow("no terminal");
  });
});
