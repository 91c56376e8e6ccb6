import type { EmbeddingDialectName } from "@weir/protocol";
import { Histogram } from "@weir/stats";
import { describe, expect, it } from "vitest";
import { startEmbeddingServer } from "../fixtures/embedding-server.ts";
import { planFor } from "../fixtures/plan-for.ts";
import type { LoadProgress } from "./load-result.ts";
import { runLoad } from "./run-load.ts";

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
    expect(told.at(-1)?.overall.p95Ms).toBeTypeOf("number");
  });
});
