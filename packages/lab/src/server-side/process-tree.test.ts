import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { toUnixUrl } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { findServerProcesses, ProcessTree } from "./process-tree.ts";

/** A server in a process of its own, with a child; `where` is what it listens on. */
async function startServer(where: number | string): Promise<AsyncDisposable & { pid: number; said: string }> {
  const program = `
    const { spawn } = require("node:child_process");
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    process.on("SIGTERM", () => { child.kill("SIGKILL"); process.exit(); });
    const server = require("node:net").createServer().listen(${JSON.stringify(where)}, ${typeof where === "number" ? '"127.0.0.1", ' : ""}() => {
      const address = server.address();
      console.log((address.port ?? address) + " " + child.pid);
    });`;
  const server: ChildProcess = spawn(process.execPath, ["-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(server.stdout!, "data")) as [Buffer];
  return {
    pid: server.pid!,
    said: said.toString().trim(),
    async [Symbol.asyncDispose]() {
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      await ended;
    },
  };
}

describe.skipIf(process.platform !== "linux")("the processes of a server on this machine", () => {
  it("are those that listen at its port, with what they started", async () => {
    await using server = await startServer(0);
    const [port, child] = server.said.split(" ");
    for (const host of ["127.0.0.1", "localhost"]) {
      const { found, note } = await findServerProcesses(`http://${host}:${port}/base`, undefined);
      expect(note).toBeUndefined();
      expect(found).toEqual({ roots: [server.pid], source: "listening on port" });
    }
    const tree = new ProcessTree({ roots: [server.pid], source: "listening on port" });
    const reading = tree.read(0);
    expect(tree.pids).toEqual([server.pid, Number(child)]);
    expect(reading).toMatchObject({ processes: 2, cpuMs: 0 });
    expect(reading!.threads).toBeGreaterThan(2);
    // Two processes of Node, of which none is smaller.
    expect(reading!.rssBytes).toBeGreaterThan(40e6);
    expect(reading!.openFiles).toBeGreaterThan(6);
  });

  it("are found at a Unix socket, too", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "weir-socket-"));
    const socket = path.join(folder, "a socket");
    {
      await using server = await startServer(socket);
      const { found } = await findServerProcesses(toUnixUrl(socket), undefined);
      expect(found).toEqual({ roots: [server.pid], source: "listening on socket" });
    }
    await rm(folder, { recursive: true });
  });

  it("are not looked for on another machine, nor where nothing listens", async () => {
    const nothing = { found: undefined, note: undefined };
    expect(await findServerProcesses("http://192.0.2.1:80", undefined)).toEqual(nothing);
    expect(await findServerProcesses("http://127.0.0.1:1", undefined)).toEqual(nothing);
  });

  it("are the one that was given, which must be there, and no more when it has ended", async () => {
    let tree: ProcessTree;
    {
      await using server = await startServer(0);
      const { found } = await findServerProcesses("http://192.0.2.1:80", server.pid);
      tree = new ProcessTree(found!);
      expect(tree.read(0)?.processes).toBe(2);
    }
    expect(tree.read(1000)).toBeUndefined();
    await expect(findServerProcesses("http://192.0.2.1:80", tree.found.roots[0])).rejects.toThrow(
      /--server-pid: expected a process that runs on this machine, got \d+/,
    );
  });

  it("are not those that load it, where the server started them", async () => {
    const tree = new ProcessTree({ roots: [process.ppid], source: "given" });
    tree.read(0);
    expect(tree.pids).toContain(process.ppid);
    expect(tree.pids).not.toContain(process.pid);
  });
});
