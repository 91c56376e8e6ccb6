import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseUnixUrl, WeirError } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { createClient } from "../create-client.ts";
import { echoCommand, sourceArgv } from "./fixtures/echo-command.ts";
import { launchSidecar, type Sidecar } from "./launch-sidecar.ts";
import type { SidecarEvent, SidecarOptions } from "./sidecar-options.ts";

interface Launched extends AsyncDisposable {
  readonly sidecar: Sidecar;
  readonly events: readonly SidecarEvent[];
  /** The next event of a kind that has not happened yet. */
  next<K extends SidecarEvent["kind"]>(kind: K): Promise<Extract<SidecarEvent, { kind: K }>>;
}

async function launch(options: Partial<SidecarOptions> = {}): Promise<Launched> {
  const events: SidecarEvent[] = [];
  const emitter = new EventEmitter();
  const sidecar = await launchSidecar({
    model: "echo",
    ...echoCommand,
    ...options,
    onEvent: (event) => {
      events.push(event);
      emitter.emit(event.kind, event);
    },
  });
  return {
    sidecar,
    events,
    next: async (kind) => ((await once(emitter, kind)) as [never])[0],
    [Symbol.asyncDispose]: () => sidecar.close(),
  };
}

/** Signal 0 only asks. A zombie counts as alive. */
function isAlive(pid: number | undefined): boolean {
  try {
    return process.kill(pid!, 0);
  } catch {
    return false;
  }
}

async function untilGone(pids: readonly (number | undefined)[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Every test starts processes, some of them several one after the other. */
describe("launchSidecar", { timeout: 60_000 }, () => {
  it("serves on a free port of the loopback interface, and is gone once closed", async () => {
    let pid: number | undefined;
    let url: string;
    {
      await using launched = await launch({ client: { batchSize: 2 } });
      ({ pid, url } = launched.sidecar);
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      const { vectors } = await launched.sidecar.client.embed(["one", "two", "three"]);
      expect(vectors.count).toBe(3);
      expect(await launched.sidecar.client.health()).toEqual({ kind: "ready" });
      expect(launched.events.map(({ kind }) => kind)).toContain("ready");
    }
    expect(isAlive(pid)).toBe(false);
    expect(await createClient({ url }).health()).toMatchObject({ kind: "unreachable" });
  });

  it("ends in order, through the server's own shutdown, and says so", async () => {
    const launched = await launch();
    await launched.sidecar.close();
    await launched.sidecar.close();
    const lines = launched.events.flatMap((event) => (event.kind === "output" ? [event.line] : []));
    expect(lines).toContain("shutting down");
    expect(launched.events.at(-1)).toEqual({ kind: "closed" });
    await expect(launched.sidecar.client.embed(["late"])).rejects.toMatchObject({
      code: "NOT_READY",
      message: "the sidecar was closed",
    });
  });

  it("does not wait longer than closeTimeoutMs for work under way", async () => {
    const launched = await launch({ model: "slow", closeTimeoutMs: 50 });
    const { pid, client } = launched.sidecar;
    const outcome = client.embed(["one"]).catch((error: unknown) => error);
    while (!(await isBusy(launched.sidecar.url))) await new Promise((resolve) => setTimeout(resolve, 1));
    await launched.sidecar.close();
    expect(isAlive(pid)).toBe(false);
    expect(await outcome).toBeInstanceOf(WeirError);
  });

  it("gives every launch a token of its own, and knows no other", async () => {
    await using launched = await launch();
    const answer = await fetch(`${launched.sidecar.url}/shutdown`, {
      method: "POST",
      headers: { authorization: "Bearer guess" },
    });
    expect(answer.status).toBe(403);
  });

  it("restarts after a crash; requests that meet it are answered all the same", async () => {
    await using launched = await launch();
    const { sidecar } = launched;
    const { url, pid } = sidecar;
    const expected = await sidecar.client.embed(["one", "two"]);
    const ended = launched.next("ended");
    process.kill(pid!, "SIGKILL");
    const again = sidecar.client.embed(["one", "two"]);
    expect(await ended).toMatchObject({ reason: "signal SIGKILL", restartInMs: 100 });
    expect(await sidecar.client.health()).toEqual({
      kind: "not-ready",
      reason: "the sidecar is being restarted",
    });
    expect(await again).toEqual(expected);
    expect(sidecar.pid).not.toBe(pid);
    expect(sidecar.url).toBe(url);
  });

  it("moves to another port where its own was taken meanwhile", async () => {
    await using launched = await launch();
    const { sidecar } = launched;
    const { url, pid } = sidecar;
    const ended = launched.next("ended");
    process.kill(pid!, "SIGKILL");
    await ended;
    const squatter = createServer().listen(Number(new URL(url).port), "127.0.0.1");
    await once(squatter, "listening");
    const { vectors } = await sidecar.client.embed(["one"]);
    expect(vectors.count).toBe(1);
    expect(sidecar.url).not.toBe(url);
    expect(launched.events.filter(({ kind }) => kind === "ended")).toHaveLength(2);
    squatter.close();
    await once(squatter, "close");
  });

  it("gives up when the budget is used up, and tells whoever asks", async () => {
    await using launched = await launch({ restarts: { most: 1, withinMs: 3_600_000 } });
    const restarted = launched.next("ready");
    process.kill(launched.sidecar.pid!, "SIGKILL");
    await restarted;
    const givenUp = launched.next("given-up");
    process.kill(launched.sidecar.pid!, "SIGKILL");
    expect((await givenUp).error.message).toMatch(
      /^the sidecar ended \(signal SIGKILL\), and 1 restarts in 3600 s are used up\. Its last lines:\n/,
    );
    await expect(launched.sidecar.client.embed(["one"])).rejects.toMatchObject({
      code: "REPLICA_START_FAILED",
    });
    expect(launched.sidecar.pid).toBeUndefined();
  });

  it("says why it could not be started, and leaves nothing running", async () => {
    await expect(launch({ model: "missing" })).rejects.toMatchObject({
      code: "REPLICA_START_FAILED",
      message:
        "the sidecar ended before it was ready (exit code 2). Its last lines:\n" +
        "error: missing: expected a model folder, got nothing there",
    });
  });

  it("gives up a start that takes too long or is cancelled", async () => {
    await expect(launch({ startTimeoutMs: 1 })).rejects.toMatchObject({
      message: expect.stringContaining("was not ready within 1 ms") as string,
    });
    const controller = new AbortController();
    const launching = launch({ signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(launching).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("names every option that is wrong", async () => {
    const options = { model: "", startTimeoutMs: 0, closeTimeoutMs: -1, restarts: { most: -1, withinMs: 0 } };
    await expect(launchSidecar(options)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/model: .*startTimeoutMs: .*closeTimeoutMs: .*restarts: /) as string,
    });
  });

  it("finds a command that is not there and a misspelt option before it starts anything", async () => {
    const events: SidecarEvent[] = [];
    const options = { model: "m", command: "/nope/x.js", starttimeoutms: 1 };
    const launching = launchSidecar({ ...options, onEvent: (event) => void events.push(event) });
    await expect(launching).rejects.toMatchObject({
      code: "USAGE",
      message:
        "the sidecar's options are wrong. " +
        'command: expected the path of @weir/cli/bin/weir.js, got "/nope/x.js", which is no such file; ' +
        "starttimeoutms: expected the name of an option, got one that there is not; write it startTimeoutMs.",
    });
    expect(events).toEqual([]);
  });

  it("serves on a socket, comes back there after a crash, and takes the file with it", async () => {
    let path: string;
    {
      await using launched = await launch({ socket: true });
      const { sidecar } = launched;
      path = sidecar.socketPath!;
      expect(parseUnixUrl(sidecar.url)).toEqual({ socketPath: path, path: "" });
      const expected = await sidecar.client.embed(["one", "two"]);
      expect(expected.vectors.count).toBe(2);
      expect(await sidecar.client.health()).toEqual({ kind: "ready" });
      expect(await createClient({ url: sidecar.url }).models()).toHaveLength(1);
      const ended = launched.next("ended");
      process.kill(sidecar.pid!, "SIGKILL");
      await ended;
      expect(await sidecar.client.embed(["one", "two"])).toEqual(expected);
      expect(sidecar.socketPath).toBe(path);
      await expect(launch({ socket: path })).rejects.toMatchObject({
        message: expect.stringContaining(`another server listens on the socket ${path}`) as string,
      });
      expect(await sidecar.client.health()).toEqual({ kind: "ready" });
    }
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  // Beside each other: each starts processes of its own and mostly waits for them.
  it.concurrent.each([
    ["echo", "port"],
    ["stubborn", "port"],
    ["echo", "socket"],
    ["stubborn", "socket"],
  ])("outlives no parent that is killed (%s, %s)", async (model, place) => {
    const parent = startParent(model, place);
    let said: { server: number; replica: number; socketPath?: string };
    try {
      said = JSON.parse(await parent.next("ready")) as typeof said;
      expect([said.server, said.replica].map(isAlive)).toEqual([true, true]);
    } finally {
      await parent.kill();
    }
    await untilGone([said.server, said.replica]);
    const { socketPath } = said;
    const left = socketPath === undefined ? undefined : await stat(socketPath).catch(() => undefined);
    expect(left).toBeUndefined();
  });

  it.concurrent.each([
    ["loads", "loads-for-ever"],
    ["is computed in the server itself", "blocks-for-ever"],
  ])("outlives no parent that is killed while the model %s", async (_, model) => {
    const parent = startParent(model, "port");
    let server: number;
    try {
      server = Number(await parent.next("listening"));
      expect(isAlive(server)).toBe(true);
    } finally {
      await parent.kill();
    }
    await untilGone([server]);
  });
});

interface Parent {
  /** What follows a word that the program says. */
  next(word: string): Promise<string>;
  kill(): Promise<void>;
}

function startParent(model: string, place: string): Parent {
  const program = fileURLToPath(new URL("fixtures/launching-parent.ts", import.meta.url));
  const child = spawn(process.execPath, [...sourceArgv, program, model, place], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  return {
    async next(word) {
      for (;;) {
        const [line] = (await once(lines, "line")) as [string];
        if (line.startsWith(`${word} `)) return line.slice(word.length + 1);
      }
    },
    async kill() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function isBusy(url: string): Promise<boolean> {
  const { models } = (await (await fetch(`${url}/health`)).json()) as {
    models: { replicas: { jobs_under_way: number }[] }[];
  };
  return models[0]!.replicas.some((replica) => replica.jobs_under_way > 0);
}
