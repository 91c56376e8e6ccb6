import { createInProcessEmbedder } from "@weir/engine";
import * as echo from "@weir/engine/echo";
import { describe, expect, it } from "vitest";
import { listPids, startLoad, toRequest, useEchoPools } from "../fixtures/echo-pool.ts";
import { isProcessAlive } from "../platform/process-tree.ts";
import { createDeferred } from "../replica/deferred.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";

const { signal } = new AbortController();
const startEcho = useEchoPools();

describe("a model in two processes", () => {
  it("uses both, says how much it takes, and says so when that changes", async () => {
    const changes: number[] = [];
    const back = createDeferred<void>();
    await using pool = await startEcho(
      { delayMs: 5 },
      {
        onSlotsChange: (slots) => {
          changes.push(slots);
          if (changes.at(-2) === 2 && slots === 4) back.resolve();
        },
      },
    );
    expect(pool.slots).toBe(4);
    const jobs = Array.from({ length: 8 }, (_, index) => pool.embed(toRequest([`${index}`]), signal));
    expect(pool.replicas.map(({ jobsUnderWay }) => jobsUnderWay)).toEqual([4, 4]);
    await Promise.all(jobs);
    process.kill(listPids(pool)[0]!, "SIGKILL");
    await back.promise;
    expect(changes.slice(-3)).toEqual([4, 2, 4]);
    expect(new Set(listPids(pool)).size).toBe(2);
  });

  it("splits a large request over idle processes and puts the rows in their order", async () => {
    await using pool = await startEcho({ delayMs: 1 });
    await using local = await createInProcessEmbedder(echo, { path: "/" });
    const texts = Array.from({ length: 501 }, (_, index) => "word ".repeat(index % 90) + index);
    const [far, near] = await Promise.all([
      pool.embed(toRequest(texts), signal),
      local.embed({ inputs: { kind: "texts", texts } }),
    ]);
    expect(far.vectors).toEqual(near.vectors);
    expect(far).toMatchObject({ inputTokens: near.inputTokens, truncated: near.truncated });
    expect(far.paddedTokens).toBeGreaterThanOrEqual(far.inputTokens);
    expect(far.batches).toBeGreaterThan(1);
    expect(far.tokenizeMs).toBeGreaterThan(0);
    expect(far.computeMs).toBeGreaterThan(0);
    expect(pool.replicas.map(({ jobsDone }) => jobsDone)).toEqual([1, 1]);
  });

  it("computes small requests that come together in few batches, each with its own answer", async () => {
    await using pool = await startEcho({ blockMs: 20 }, { replicas: 1 });
    await using local = await createInProcessEmbedder(echo, { path: "" });
    const texts = Array.from({ length: 40 }, (_, index) => `text number ${index}`);
    const answers = await Promise.all(texts.map((text) => pool.embed(toRequest([text]), signal)));
    for (const [index, { vectors, inputTokens }] of answers.entries()) {
      const alone = await local.embed({ inputs: { kind: "texts", texts: [texts[index]!] } });
      expect({ vectors, inputTokens }).toEqual({ vectors: alone.vectors, inputTokens: alone.inputTokens });
    }
    const batches = answers.reduce((sum, answer) => sum + answer.batches!, 0);
    expect(batches).toBeCloseTo(Math.round(batches));
    expect(batches).toBeLessThan(10);
  });

  it("splits no further than it is lent slots, and gives each back", async () => {
    await using pool = await startEcho({});
    const texts = Array.from({ length: 300 }, () => "word ".repeat(40));
    let given = 0;
    const lender = {
      rank: 0,
      takeIdleSlots: (most: number) => most,
      giveSlots: (count: number) => (given += count),
    };
    await pool.embed(toRequest(texts), signal, lender);
    expect(given).toBe(1);
    await pool.embed(toRequest(texts), signal, { ...lender, takeIdleSlots: () => 0 });
    expect(pool.replicas.map(({ jobsDone }) => jobsDone).toSorted((a, b) => a - b)).toEqual([1, 2]);
  });

  it("replaces processes that have done their jobs without failing one", async () => {
    const recycled: ReplicaEvent[] = [];
    const enough = createDeferred<void>();
    await using pool = await startEcho(
      { delayMs: 1 },
      {
        replicas: 1,
        recycle: { jobs: 60, jobsJitter: 10 },
        onEvent: (event) => {
          if (event.kind === "recycled" && recycled.push(event) === 3) enough.resolve();
        },
      },
    );
    const load = startLoad(pool, 4);
    await enough.promise;
    await load.untilServed(5);
    await load.stop();
    expect(load.failed).toEqual([]);
    for (const event of recycled) {
      if (event.kind !== "recycled") continue;
      expect(event.reason).toBe("jobs");
      expect(event.fromPid).not.toBe(event.toPid);
    }
  });

  it("swaps the model under load without failing a request", async () => {
    await using pool = await startEcho({ delayMs: 2 });
    const before = listPids(pool);
    const load = startLoad(pool, 6);
    await load.untilServed(10);
    await pool.swap({ spec: { path: "/other", threads: 1, options: { delayMs: 1 } } }, signal);
    expect(pool.spec.path).toBe("/other");
    await load.untilServed(10);
    await pool.swap({ spec: { path: "/third", threads: 1, options: {} }, replicas: 1 }, signal);
    expect(pool.layout).toMatchObject({ replicas: 1, threads: 1 });
    await load.untilServed(10);
    await load.stop();
    expect(load.failed).toEqual([]);
    while (before.some(isProcessAlive)) await new Promise((resolve) => setTimeout(resolve, 1));
  });

  it("serves on with the old model where the new one cannot be started, and says why", async () => {
    await using pool = await startEcho({ dimensions: 4 });
    const before = listPids(pool);
    const bad = pool.swap({ spec: { path: "/", options: { dimensions: -1 } } }, signal);
    await expect(bad).rejects.toMatchObject({ code: "MODEL_INVALID", message: expect.stringMatching("-1") });
    const broken = { spec: { path: "/", options: { nanWord: "a" } } };
    await expect(pool.swap(broken, signal)).rejects.toThrow(/loads but does not compute/);
    expect(listPids(pool)).toEqual(before);
    expect((await pool.embed(toRequest(["a"]), signal)).vectors.dimensions).toBe(4);
  });
});
