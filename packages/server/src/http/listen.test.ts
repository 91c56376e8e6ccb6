import { spawnSync } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toUnixUrl } from "@weir/protocol";
import { startServer, type RunningServer } from "@weir/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-"));
});
afterAll(() => rm(directory, { recursive: true }));

const listenAt = (unixSocket: string): Promise<RunningServer> =>
  startServer({ models: [], unixSocket, version: "0", launchToken: "s3cret" });

function ask(socketPath: string, path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const method = path === "/shutdown" ? "POST" : "GET";
    const call = request({ socketPath, path, method, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode!));
    });
    call.on("error", reject);
    call.end();
  });
}

describe.skipIf(process.platform === "win32")("a server on a Unix socket", () => {
  it("is this user's alone, needs the token to be ended, and takes the file with it", async () => {
    const path = join(directory, "one.sock");
    {
      await using server = await listenAt(path);
      expect(server.url).toBe(toUnixUrl(path));
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await ask(path, "/health/live")).toBe(200);
      // No web page reaches it, whatever name the Host header has.
      expect(await ask(path, "/health/live", { host: "example.org" })).toBe(200);
      expect(await ask(path, "/shutdown", { authorization: "Bearer guess" })).toBe(403);
      expect(await ask(path, "/shutdown", { authorization: "Bearer s3cret" })).toBe(200);
      await server.shutdownRequested;
    }
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("refuses where somebody listens, and leaves that one alone", async () => {
    const path = join(directory, "taken.sock");
    await using first = await listenAt(path);
    await expect(listenAt(path)).rejects.toMatchObject({
      code: "PORT_IN_USE",
      message: `another server listens on the socket ${path}. Stop that server, or choose another path.`,
    });
    expect(first.phase).not.toBe("draining");
    expect(await ask(path, "/health/live")).toBe(200);
  });

  it("replaces the file that a killed server left", async () => {
    const path = join(directory, "stale.sock");
    const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
    expect(spawnSync(process.execPath, ["--eval", script]).signal).toBe("SIGKILL");
    expect((await stat(path)).isSocket()).toBe(true);
    await using server = await listenAt(path);
    expect(server.url).toBe(toUnixUrl(path));
    expect(await ask(path, "/health/live")).toBe(200);
  });

  it("touches no file that is not a socket", async () => {
    const path = join(directory, "notes.txt");
    await writeFile(path, "notes");
    await expect(listenAt(path)).rejects.toMatchObject({
      code: "USAGE",
      message: `--unix-socket: expected nothing or a socket at ${path}, got another file.`,
    });
    expect((await stat(path)).size).toBe(5);
  });

  it("says that a path is too long, and that a folder is not there", async () => {
    await expect(listenAt(join(directory, "x".repeat(108)))).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/expected a path of at most 10[37] bytes.*, got \d+: /),
    });
    const path = join(directory, "nowhere", "a.sock");
    await expect(listenAt(path)).rejects.toMatchObject({
      code: "USAGE",
      message: `--unix-socket: expected a path in a folder that exists, got ${join(directory, "nowhere")}, where nothing is. Make the folder first, or choose another path.`,
    });
  });

  it("is told from a listener that does not answer", async () => {
    const path = join(directory, "silent.sock");
    const silent = createServer().listen(path);
    await new Promise((resolve) => silent.once("listening", resolve));
    await expect(listenAt(path)).rejects.toMatchObject({ code: "PORT_IN_USE" });
    await new Promise((resolve) => silent.close(resolve));
  });
});
