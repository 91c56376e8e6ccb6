import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { request } from "node:http";
import { startServer } from "@weir/server";
import { startWeir } from "@weir/testkit";
import { describe, expect, it } from "vitest";

function embed(url: string, texts: readonly string[]): Promise<Response> {
  return fetch(`${url}/embed`, { method: "POST", body: JSON.stringify({ texts }) });
}

/** Posts a body in pieces without saying how long it will be, and gives the answer's status. */
function postChunked(url: string, pieces: number, piece: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(`${url}/embed`, { method: "POST" }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    call.on("error", reject);
    for (let index = 0; index < pieces; index++) call.write(piece);
    call.end();
  });
}

describe("a server", () => {
  it("says which port is in use and which one is free", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => void taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    try {
      await expect(startServer({ models: [], port, version: "0" })).rejects.toMatchObject({
        code: "PORT_IN_USE",
        message: expect.stringMatching(
          new RegExp(`${port} on 127.0.0.1 is already in use. Port \\d+ is free`),
        ),
      });
    } finally {
      taken.close();
    }
  });

  it("is alive but not ready while its models load, and closes in the middle of it", async () => {
    await using server = await startServer({
      models: [
        {
          name: "slow",
          engineModule: "data:text/javascript,await new Promise(() => {})",
          spec: { path: "/" },
        },
      ],
      port: 0,
      version: "0",
    });
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${server.url}/health/startup`)).status).toBe(503);
    const answer = await embed(server.url, ["a"]);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after-ms"))).toBeGreaterThan(0);
  });

  it("rejects `ready` with the reason when a model cannot be started", async () => {
    await expect(startWeir({ echo: { dimensions: 0 } })).rejects.toMatchObject({ code: "MODEL_INVALID" });
  });

  it("refuses what is above the queue's bound at once, and serves the rest", async () => {
    await using server = await startWeir({ limits: { jobs: 3 }, echo: { delayMs: 300 } });
    const [model] = await server.ready;
    // Two run at once in one replica; three may wait.
    const served = Array.from({ length: 5 }, () => embed(server.url, ["a"]));
    await until(() => model!.jobsHeld === 5);
    const refused = await Promise.all(Array.from({ length: 5 }, () => embed(server.url, ["a"])));
    expect(refused.map((answer) => answer.status)).toEqual(Array(5).fill(503));
    for (const { headers } of refused) {
      expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(headers.get("x-should-retry")).toBe("true");
    }
    expect(await refused[0]!.json()).toMatchObject({ code: "QUEUE_FULL" });
    expect((await Promise.all(served)).map((answer) => answer.status)).toEqual(Array(5).fill(200));
  });

  it("answers every request when its model's process is killed under load, and is ready again by itself", async () => {
    await using server = await startWeir({ echo: { blockMs: 5 } });
    const statuses = new Map<number, number>();
    const pids = new Set<number>();
    let stop = false;
    async function user(): Promise<void> {
      while (!stop) {
        const { status } = await embed(server.url, ["one", "two"]);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    const users = Promise.all(Array.from({ length: 8 }, user));
    const [model] = await server.ready;
    for (let kill = 0; kill < 3; kill++) {
      await until(() => model!.state.kind === "ready");
      const before = statuses.get(200) ?? 0;
      await until(() => (statuses.get(200) ?? 0) > before);
      const { pid } = model!.state as { pid: number };
      pids.add(pid);
      process.kill(pid, "SIGKILL");
      await until(() => model!.state.kind === "restarting");
      expect((await fetch(`${server.url}/health/ready`)).status).toBe(503);
      expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    }
    await until(() => model!.state.kind === "ready");
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    stop = true;
    await users;
    expect((await embed(server.url, ["after"])).status).toBe(200);
    expect(new Set(statuses.keys())).toEqual(new Set([200, 503]));
    expect(pids.size).toBe(3);
  }, 60_000);

  it("answers 413 to 40 MB, told beforehand or not, and goes on", async () => {
    await using server = await startWeir();
    const megabyte = Buffer.alloc(1_000_000, "a");
    const told = await fetch(`${server.url}/embed`, { method: "POST", body: Buffer.alloc(40_000_000, "a") });
    expect(told.status).toBe(413);
    expect(await postChunked(server.url, 40, megabyte)).toBe(413);
    expect((await embed(server.url, ["after"])).status).toBe(200);
  });

  it("frees what a client that hangs up has asked for", async () => {
    await using server = await startWeir({ echo: { blockMs: 20 } });
    const [model] = await server.ready;
    const controller = new AbortController();
    const long = fetch(`${server.url}/embed`, {
      method: "POST",
      body: JSON.stringify({ texts: Array.from({ length: 2_000 }, () => "word ".repeat(60)) }),
      signal: controller.signal,
    });
    await until(() => model!.jobsHeld === 1);
    controller.abort();
    await expect(long).rejects.toThrow("abort");
    await until(() => model!.jobsHeld === 0);
    expect((await embed(server.url, ["a"])).status).toBe(200);
  });

  it("finishes what is under way when it closes", async () => {
    const server = await startWeir({ echo: { blockMs: 100 } });
    const [model] = await server.ready;
    const answer = embed(server.url, ["a"]);
    await until(() => model!.jobsHeld === 1);
    await server[Symbol.asyncDispose]();
    expect((await answer).status).toBe(200);
    expect(model!.state.kind).toBe("stopped");
    await expect(fetch(`${server.url}/health/live`)).rejects.toThrow("fetch failed");
  });

  it("does not wait for connections on which nothing was asked", async () => {
    const server = await startWeir({ drainTimeoutMs: 600_000 });
    await server.ready;
    const { hostname, port } = new URL(server.url);
    const silent = connect(Number(port), hostname);
    await once(silent, "connect");
    expect((await embed(server.url, ["a"])).status).toBe(200);
    const cut = once(silent, "close");
    await server[Symbol.asyncDispose]();
    await cut;
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
