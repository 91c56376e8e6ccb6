import { describe, expect, it } from "vitest";
import { listPids, startLoad, toRequest, useEchoPools } from "../fixtures/echo-pool.ts";
import { createEchoVariant } from "../fixtures/echo-variant.ts";
import { isProcessAlive } from "../platform/process-tree.ts";
import { createDeferred } from "../replica/deferred.ts";

const { signal } = new AbortController();
const startEcho = useEchoPools();

describe("a model whose processes end", () => {
  it("computes a lost job on the other process", async () => {
    await using pool = await startEcho({ blockMs: 60_000, blockWord: "held" }, { replicas: 1 });
    await pool.swap({ spec: { path: "/", threads: 1, options: { delayMs: 300 } }, replicas: 2 }, signal);
    const jobs = ["a", "b"].map((text) => pool.embed(toRequest([text]), signal));
    expect(pool.replicas.map(({ jobsUnderWay }) => jobsUnderWay)).toEqual([1, 1]);
    process.kill(listPids(pool)[0]!, "SIGKILL");
    expect((await Promise.all(jobs)).map(({ vectors }) => vectors.count)).toEqual([1, 1]);
  });

  it("gives up a job that ends every process it is given to, and serves on", async () => {
    await using pool = await startEcho({ crashWord: "boom" }, { replicas: 3 });
    await expect(pool.embed(toRequest(["boom"]), signal)).rejects.toMatchObject({ code: "REPLICA_LOST" });
    expect((await pool.embed(toRequest(["fine"]), signal)).vectors.count).toBe(1);
  });

  it("answers every job rightly or with why not while its processes are killed", async () => {
    const ready = [createDeferred<void>(), createDeferred<void>(), createDeferred<void>()];
    let restarts = 0;
    await using pool = await startEcho(
      { delayMs: 2 },
      {
        circuit: { crashes: 100 },
        onEvent: ({ kind }) => {
          if (kind === "ended") restarts++;
          else if (kind === "ready" && restarts > 0) ready[restarts - 1]?.resolve();
        },
      },
    );
    const load = startLoad(pool, 6);
    for (const each of ready) {
      await load.untilServed(20);
      process.kill(listPids(pool)[0]!, "SIGKILL");
      await each.promise;
    }
    await load.untilServed(20);
    await load.stop();
    expect(new Set(load.failed)).toEqual(new Set());
  }, 60_000);

  it("ends an engine that hangs, and says so", async () => {
    const ended = createDeferred<{ readonly cause: string; readonly reason: string }>();
    await using pool = await startEcho(
      { blockMs: 60_000, blockWord: "held" },
      {
        health: { heartbeatMs: 20, leastBusyMs: 100 },
        onEvent: (event) => {
          if (event.kind === "ended") ended.resolve(event);
        },
      },
    );
    // It holds the second one just as well: the job is given up, not tried for ever.
    await expect(pool.embed(toRequest(["held"]), signal)).rejects.toMatchObject({ code: "REPLICA_LOST" });
    const { cause, reason } = await ended.promise;
    expect(cause).toBe("unhealthy");
    expect(reason).toMatch(/its engine has been at one batch for \d+ ms, the limit for it is 100 ms/);
  });

  it("opens the circuit with the last lines after repeated crashes, and closes it when a trial holds", async () => {
    const open = createDeferred<void>();
    const ready = createDeferred<void>();
    let opened = false;
    const fatal = "no more memory";
    await using pool = await startEcho(
      { crashWord: "boom" },
      {
        replicas: 1,
        engineModule: createDyingEngine(fatal),
        circuit: { crashes: 2, openMs: 1_500, proveMs: 50 },
        onEvent: ({ kind }) => {
          if (kind === "circuit-open") {
            opened = true;
            open.resolve();
          } else if (kind === "ready" && opened) ready.resolve();
        },
      },
    );
    while (!opened) {
      await pool.embed(toRequest(["boom"]), signal).catch(() => {});
      await new Promise((resolve) => setImmediate(resolve));
    }
    await open.promise;
    expect(pool.state).toMatchObject({ kind: "circuit-open", lastLines: [fatal] });
    expect(pool.slots).toBe(0);
    await expect(pool.embed(toRequest(["fine"]), signal)).rejects.toMatchObject({
      code: "REPLICA_START_FAILED",
      message: expect.stringContaining(fatal) as unknown,
    });
    await ready.promise;
    expect((await pool.embed(toRequest(["fine"]), signal)).vectors.count).toBe(1);
    expect(pool.state.kind).toBe("ready");
  });

  it("opens the circuit also where many jobs are lost with each process: they prove nothing", async () => {
    const open = createDeferred<void>();
    await using pool = await startEcho(
      { crashWord: "boom" },
      {
        replicas: 1,
        circuit: { crashes: 2, provedJobs: 3 },
        onEvent: ({ kind }) => {
          if (kind === "circuit-open") open.resolve();
        },
      },
    );
    const stop = new AbortController();
    const users = Array.from({ length: 12 }, async () => {
      const own = new AbortController();
      while (!stop.signal.aborted) {
        await pool.embed(toRequest(["boom"]), own.signal).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    await open.promise;
    stop.abort();
    await Promise.all(users);
    expect(pool.state.kind).toBe("circuit-open");
  });

  it("leaves nothing running when it is closed, in the middle of a swap, a recycle and a restart", async () => {
    const seen = new Set<number>();
    const pool = await startEcho(
      { delayMs: 1 },
      {
        recycle: { jobs: 5, jobsJitter: 0 },
        onEvent: (event) => {
          if (event.kind === "ready") seen.add(event.pid);
        },
      },
    );
    const load = startLoad(pool, 4);
    await load.untilServed(12);
    process.kill(listPids(pool)[0]!, "SIGKILL");
    const swap = pool.swap({ spec: { path: "/", options: {} } }, signal).then(
      () => "swapped",
      () => "given up",
    );
    await pool[Symbol.asyncDispose]();
    expect(await swap).toBe("given up");
    await load.stop();
    expect(pool.state.kind).toBe("stopped");
    expect(pool.slots).toBe(0);
    expect([...seen].filter(isProcessAlive)).toEqual([]);
  });
});

/** The echo engine, which prints a line before it dies of its word. */
function createDyingEngine(line: string): string {
  return createEchoVariant(`return { ...computer, compute(batch) {
    if (batch.tokenIds.includes(5)) { process.stderr.write(${JSON.stringify(`${line}\n`)}); process.exit(1); }
    return computer.compute(batch);
  } };`);
}
