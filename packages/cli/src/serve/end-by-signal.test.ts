import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterAll(() => rm(directory, { recursive: true }));

interface Health {
  readonly models: readonly {
    readonly queue: { readonly waiting: number; readonly slots_in_use: number };
    readonly replicas: readonly { readonly pid: number }[];
  }[];
}

/** `weir serve` as a process of its own, ready; ended at the latest with the test. */
class ServeProcess implements AsyncDisposable {
  readonly url: string;
  readonly exited: Promise<unknown[]>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string, exited: Promise<unknown[]>) {
    this.#child = child;
    this.url = url;
    this.exited = exited;
  }

  static async start(...args: readonly string[]): Promise<ServeProcess> {
    const bin = fileURLToPath(new URL("../bin.ts", import.meta.url));
    const loader = ["--conditions=@weir/source", "--import", import.meta.resolve("@weir/testkit/source")];
    const serve = ["serve", "--model", "reference-embed-tiny", "--port", "0"];
    const child = spawn(process.execPath, [...loader, bin, ...serve, "--request-timeout", "10m", ...args], {
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, WEIR_CACHE_DIR: directory },
    });
    const exited = once(child, "exit");
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const started = new ServeProcess(child, line.replace("listening on ", ""), exited);
    while (!(await fetch(`${started.url}/health/ready`)).ok)
      await new Promise((resolve) => setTimeout(resolve, 5));
    return started;
  }

  signal(): void {
    this.#child.kill("SIGTERM");
  }

  /** So many requests at once, of which each takes a while. Resolves when all have come and work is left to do. */
  async load(requests: number, texts: number): Promise<Promise<Response | undefined>[]> {
    let answered = 0;
    const answers = Array.from({ length: requests }, async (_, index) => {
      const answer = await this.embed(texts, index);
      answered++;
      return answer;
    });
    while (answered < requests) {
      const { waiting, slots_in_use: running } = (await this.health()).models[0]!.queue;
      // What was answered meanwhile may be counted twice, which is no harm; what has not come yet never is.
      if (waiting > 0 && running > 0 && waiting + running + answered >= requests) return answers;
    }
    throw new Error("the load was done before it was all there");
  }

  /** Undefined where the connection was cut. */
  async embed(texts: number, seed: number): Promise<Response | undefined> {
    const input = Array.from(
      { length: texts },
      (_, index) => `${seed} ${index} ${"the weir holds ".repeat(60)}`,
    );
    const body = JSON.stringify({ input });
    try {
      const answer = await fetch(`${this.url}/v1/embeddings`, { method: "POST", body });
      // Read at once: fetch of Node 24 throws where nobody can catch it if a connection ends before its answer is read
      // (nodejs/undici#5360).
      await answer.arrayBuffer();
      return answer;
    } catch {
      return undefined;
    }
  }

  async health(): Promise<Health> {
    return (await (await fetch(`${this.url}/health`)).json()) as Health;
  }

  /** Waits until probes are told that it ends. Returns the status that they are told it with. */
  async untilDraining(): Promise<number> {
    for (;;) {
      const ready = await fetch(`${this.url}/health/ready`);
      if (((await ready.json()) as { reason?: string }).reason === "draining") return ready.status;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

// Windows has no SIGTERM that a process could hear.
describe.skipIf(process.platform === "win32")("weir serve on SIGTERM", () => {
  it("turns unready, refuses what is new with Retry-After, finishes what it has, and exits with 0", async () => {
    await using server = await ServeProcess.start();
    const answers = await server.load(12, 128);
    const pids = (await server.health()).models[0]!.replicas.map(({ pid }) => pid);
    server.signal();
    expect(await server.untilDraining()).toBe(503);
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    const late = (await server.embed(1, 0))!;
    expect(late.status).toBe(503);
    expect(Number(late.headers.get("retry-after"))).toBeGreaterThan(0);
    const statuses = (await Promise.all(answers)).map((answer) => answer?.status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await server.exited).toEqual([0, null]);
    expect(pids.filter(isAlive)).toEqual([]);
  }, 60_000);

  it("ends what is not done by --drain-timeout, telling its clients, and exits with 0", async () => {
    await using server = await ServeProcess.start("--drain-timeout", "50ms");
    const answers = await server.load(12, 256);
    server.signal();
    const refused = (await Promise.all(answers)).filter((answer) => answer?.status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(answer?.status).toBe(503);
      expect(answer?.headers.get("retry-after")).toBe("1");
    }
    expect(await server.exited).toEqual([0, null]);
  }, 60_000);

  it("ends at once at a second signal, and so do its models", async () => {
    await using server = await ServeProcess.start();
    const answers = await server.load(12, 256);
    const pids = (await server.health()).models[0]!.replicas.map(({ pid }) => pid);
    server.signal();
    await server.untilDraining();
    server.signal();
    expect(await server.exited).toEqual([130, null]);
    expect(await Promise.all(answers)).toContain(undefined);
    while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 1));
  }, 60_000);
});
