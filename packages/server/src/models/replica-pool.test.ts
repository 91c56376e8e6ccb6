import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInProcessEmbedder, type EmbeddingModelSpec } from "@weir/engine";
import type { EmbeddingRequest } from "@weir/protocol";
import * as echo from "@weir/engine/echo";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isProcessAlive } from "../platform/process-tree.ts";
import { createDeferred } from "../replica/deferred.ts";
import { toPlainRequest } from "../replica/plain-request.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import { startReplicaPool } from "./replica-pool.ts";

const signal = new AbortController().signal;
let spillDirectory: string;

beforeEach(async () => {
  spillDirectory = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterEach(async () => {
  await rm(spillDirectory, { recursive: true });
});

function startEcho(
  options: NonNullable<EmbeddingModelSpec["options"]> = {},
  onEvent?: (event: ReplicaEvent) => void,
): ReturnType<typeof startReplicaPool> {
  return startReplicaPool(
    {
      name: "echo",
      engineModule: import.meta.resolve("@weir/engine/echo"),
      spec: { path: "/", options },
      startTimeoutMs: 20_000,
      spillDirectory,
      ...(onEvent === undefined ? {} : { onEvent }),
    },
    signal,
  );
}

function toRequest(texts: readonly string[], more: Partial<EmbeddingRequest> = {}): EmbeddingRequest {
  return { ...toPlainRequest(texts), ...more };
}

describe("a model in a child process", () => {
  it("gives the vectors that its engine gives in process, for any number of texts", async () => {
    await using model = await startEcho();
    await using local = await createInProcessEmbedder(echo, { path: "/" });
    for (const count of [1, 2, 129, 1_000]) {
      const texts = Array.from({ length: count }, (_, index) => "word ".repeat(index % 90) + index);
      const [far, near] = await Promise.all([
        model.embed(toRequest(texts), signal),
        local.embed({ inputs: { kind: "texts", texts } }),
      ]);
      expect(far.vectors.values).toEqual(near.vectors.values);
      expect(far).toMatchObject({ inputTokens: near.inputTokens, truncated: near.truncated, model: "echo" });
    }
  });

  it("works on many jobs at once, and a failing one harms no other", async () => {
    await using model = await startEcho({ failWord: "bad" });
    const jobs = Array.from({ length: 40 }, (_, index) =>
      model.embed(toRequest([index % 4 === 0 ? "bad" : `text ${index}`]), new AbortController().signal).then(
        (result) => result.vectors.count,
        (error: { code: string }) => error.code,
      ),
    );
    expect(await Promise.all(jobs)).toEqual(jobs.map((_, index) => (index % 4 === 0 ? "ENGINE_FAILED" : 1)));
  });

  it("names the text that is too long, wherever in a long list it stands", async () => {
    await using model = await startEcho();
    const texts = Array.from({ length: 300 }, (_, index) => (index === 250 ? "word ".repeat(100) : "word"));
    await expect(model.embed(toRequest(texts, { truncate: false }), signal)).rejects.toMatchObject({
      code: "INPUT_TOO_LONG",
      field: "input[250]",
    });
    expect((await model.embed(toRequest(texts), signal)).truncated).toBe(1);
  });

  it("drops what a cancelled job has not computed yet", async () => {
    await using model = await startEcho({ blockMs: 20 });
    const controller = new AbortController();
    const long = model.embed(
      toRequest(Array.from({ length: 20_000 }, () => "word ".repeat(60))),
      controller.signal,
    );
    controller.abort();
    await expect(long).rejects.toMatchObject({ code: "CANCELLED" });
    // 300 batches of 20 ms stood before this one; it waits for the two at most that were handed out.
    const { computeMs } = await model.embed(toRequest(["next"]), signal);
    expect(computeMs).toBeGreaterThan(0);
  });

  it("fails jobs at once when the process dies, says so, and serves again by itself", async () => {
    const ready = createDeferred<void>();
    const events: ReplicaEvent[] = [];
    await using model = await startEcho({ blockMs: 5_000, blockWord: "held" }, (event) => {
      events.push(event);
      if (event.kind === "ready" && events.some(({ kind }) => kind === "ended")) ready.resolve();
    });
    const { pid } = model.state as { pid: number };
    const job = model.embed(toRequest(["held"]), signal);
    process.kill(pid, "SIGKILL");
    await expect(job).rejects.toMatchObject({ code: "REPLICA_LOST", retryable: true });
    expect(model.state.kind).toBe("restarting");
    await expect(model.embed(toRequest(["early"]), signal)).rejects.toMatchObject({ code: "NOT_READY" });
    await ready.promise;
    expect(model.state).toMatchObject({ kind: "ready", restarts: 1 });
    expect(events).toContainEqual(
      expect.objectContaining({ kind: "ended", cause: "signal", reason: "signal SIGKILL" }),
    );
  });

  it("survives a crash inside the engine", async () => {
    const again = createDeferred<void>();
    let ready = 0;
    await using model = await startEcho({ crashWord: "boom" }, (event) => {
      if (event.kind === "ready" && ++ready === 2) again.resolve();
    });
    await expect(model.embed(toRequest(["boom"]), signal)).rejects.toMatchObject({ code: "REPLICA_LOST" });
    await again.promise;
    expect((await model.embed(toRequest(["fine"]), signal)).vectors.count).toBe(1);
  });

  it("does not start a model that never worked, and leaves no process", async () => {
    await expect(startEcho({ dimensions: -1 })).rejects.toMatchObject({ code: "MODEL_INVALID" });
  });

  it("is gone when it is closed, whatever it computes", async () => {
    const model = await startEcho({ blockMs: 60_000, blockWord: "long" });
    const { pid } = model.state as { pid: number };
    const job = model.embed(toRequest(["long"]), signal).catch((error: { code: string }) => error.code);
    await model[Symbol.asyncDispose]();
    expect(isProcessAlive(pid)).toBe(false);
    expect(await job).toBe("REPLICA_LOST");
  });

  it("keeps a start limit", async () => {
    const start = startReplicaPool(
      {
        name: "echo",
        engineModule: "data:text/javascript,await new Promise(() => {})",
        spec: { path: "/" },
        startTimeoutMs: 300,
        spillDirectory,
      },
      signal,
    );
    await expect(start).rejects.toMatchObject({ code: "REPLICA_START_FAILED" });
  });

  it("says what the process printed when it ends before it is ready", async () => {
    const start = startReplicaPool(
      {
        name: "echo",
        engineModule: "data:text/javascript,console.error('no such library: libfoo.so'); process.exit(3)",
        spec: { path: "/" },
        startTimeoutMs: 20_000,
        spillDirectory,
      },
      signal,
    );
    await expect(start).rejects.toThrow(/exit code 3.*no such library: libfoo\.so/s);
  });
});
