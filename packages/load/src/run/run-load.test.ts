import net from "node:net";
import type { EmbeddingDialectName } from "@weir/protocol";
import { createClosedLoopSchedule, Histogram } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { startEmbeddingServer } from "../fixtures/embedding-server.ts";
import { listen } from "../fixtures/listen.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { LoadProgress } from "./load-result.ts";
import { runLoad } from "./run-load.ts";

interface PlanChanges extends Partial<Omit<LoadPlan, "workload" | "stop">> {
  readonly workload?: Partial<LoadPlan["workload"]>;
  readonly stop?: Partial<LoadPlan["stop"]>;
  readonly users?: number;
}

function planFor(url: string, { workload, stop, users = 2, ...rest }: PlanChanges): LoadPlan {
  return {
    url,
    workload: {
      kind: "embeddings",
      dialect: "openai",
      model: "m",
      texts: ["one text", "two texts", "three texts"],
      batch: 2,
      encoding: "float",
      cache: { kind: "busted", start: "0000000z" },
      ...workload,
    },
    schedule: createClosedLoopSchedule({ users, seed: 1 }),
    stop: { durationMs: undefined, requests: undefined, ...stop },
    warmupMs: 0,
    transport: { headers: {}, connectTimeoutMs: 5000, timeoutMs: 5000 },
    ...rest,
  };
}

const quickLimits = { unreachableAfterMs: 100, nothingWorkedAfterMs: 100, lostAfterMs: 100 };

describe("runLoad against a server that works", () => {
  it.each<EmbeddingDialectName>(["openai", "sidecar", "tei", "ollama"])(
    "sends exactly the requests asked for, in the %s dialect",
    async (dialect) => {
      await using server = await startEmbeddingServer(dialect);
      const result = await runLoad(
        planFor(server.url, {
          workload: { dialect },
          stop: { requests: 25 },
          users: 4,
          transport: { headers: { Authorization: "Bearer key" }, connectTimeoutMs: 5000, timeoutMs: 5000 },
        }),
      );
      expect(result).toMatchObject({
        end: { kind: "finished", by: "requests" },
        unit: "texts",
        counts: {
          offered: 25,
          sent: 25,
          completed: 25,
          units: 50,
          cutOff: 0,
          failed: { total: 0, byKind: {} },
        },
        latencyMs: { service: { n: 25, p95: null }, response: { n: 25 }, lag: { n: 25 } },
        warmUp: { completed: 0, failed: 0 },
        preparedRequests: 2,
      });
      expect(server.requests).toHaveLength(25);
      expect(server.requests[0]?.headers.authorization).toBe("Bearer key");
    },
  );

  it("busts caches: no text comes twice, the rest of it is unchanged", async () => {
    await using server = await startEmbeddingServer("openai");
    await runLoad(planFor(server.url, { stop: { requests: 40 }, users: 3 }));
    const texts = server.requests.flatMap((request) => request.texts);
    expect(new Set(texts).size).toBe(80);
    const plain = texts.map((text) => /^[0-9a-z]{8} (.+)$/.exec(text)?.[1]);
    expect(new Set(plain)).toEqual(new Set(["one text", "two texts", "three texts"]));
  });

  it("sends the texts as they are to a warm cache, also when they are not ASCII", async () => {
    const texts = ["straße", 'a "quoted" line\n', "日本語"];
    await using server = await startEmbeddingServer("openai");
    await runLoad(
      planFor(server.url, { stop: { requests: 6 }, workload: { texts, batch: 1, cache: { kind: "warm" } } }),
    );
    expect(server.requests.flatMap((request) => request.texts).toSorted()).toEqual(
      [...texts, ...texts].toSorted(),
    );
  });

  it("keeps the same order for the same seed", async () => {
    const sent: string[][] = [];
    for (let run = 0; run < 2; run += 1) {
      await using server = await startEmbeddingServer("openai");
      await runLoad(planFor(server.url, { stop: { requests: 9 }, users: 1, workload: { batch: 1 } }));
      sent.push(server.requests.flatMap((request) => request.texts));
    }
    expect(sent[0]).toEqual(sent[1]);
  });

  it("counts the texts that the server says it cut, and of how many it said so", async () => {
    for (const dialect of ["openai", "tei"] as const) {
      await using server = await startEmbeddingServer(dialect);
      const texts = ["x".repeat(2000), "short"];
      const result = await runLoad(
        planFor(server.url, { stop: { requests: 8 }, users: 1, workload: { dialect, texts, batch: 2 } }),
      );
      expect(result.counts.truncated).toEqual({ total: 8, knownOf: 16 });
    }
  });

  it("slices add up to the whole, and their histograms merge to its percentiles", async () => {
    await using server = await startEmbeddingServer("sidecar");
    const result = await runLoad(
      planFor(server.url, { stop: { durationMs: 300 }, warmupMs: 50, workload: { dialect: "sidecar" } }),
    );
    expect(result.end).toEqual({ kind: "finished", by: "duration" });
    expect(result.window.startMs).toBe(50);
    expect(result.window.endMs).toBeCloseTo(350, 6);
    const { counts, warmUp, slices } = result;
    const sum = (name: "completed" | "units" | "offered"): number =>
      slices.reduce((total, slice) => total + slice[name], 0);
    expect(sum("completed")).toBe(counts.completed + warmUp.completed);
    expect(counts.units).toBe(counts.completed * 2);
    const merged = new Histogram();
    for (const slice of slices) if (slice.serviceMs !== null) merged.merge(Histogram.decode(slice.serviceMs));
    expect(merged.n).toBe(sum("completed"));
    // At most one request of each user is in flight when the run is cut off.
    expect(counts.cutOff).toBeLessThanOrEqual(2);
    expect(sum("offered")).toBe(sum("completed") + counts.cutOff);
  });

  it("hands warm-up over in flight: what began before the window and ends in it takes its place in the count", async () => {
    await using server = await startEmbeddingServer("openai");
    const result = await runLoad(planFor(server.url, { warmupMs: 60, stop: { requests: 30 }, users: 3 }));
    expect(result.counts.completed).toBe(30);
    expect(result.counts.cutOff).toBe(0);
    expect(result.warmUp.completed).toBeGreaterThan(0);
    expect(server.requests).toHaveLength(30 + result.warmUp.completed);
  });

  it("tells how far it is, and once more at the end", async () => {
    await using server = await startEmbeddingServer("openai");
    const told: LoadProgress[] = [];
    await runLoad(planFor(server.url, { stop: { requests: 80 }, users: 1 }), {
      onProgress: (progress) => told.push(progress),
      progressIntervalMs: 1,
    });
    expect(told.length).toBeGreaterThan(1);
    expect(told.map((progress) => progress.fraction)).toEqual(
      told.map((progress) => progress.fraction).toSorted((a, b) => a - b),
    );
    expect(told.at(-1)).toMatchObject({
      fraction: 1,
      completed: 80,
      failed: 0,
      inFlight: 0,
      phase: "measuring",
    });
    expect(told.at(-1)?.p95Ms).toBeTypeOf("number");
  });
});

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
    await expect(runLoad(planFor("http://127.0.0.1:9", {}))).rejects.toThrow("needs an end");
    await expect(runLoad(planFor("ftp://x", { stop: { requests: 1 } }))).rejects.toThrow("http: or https:");
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
