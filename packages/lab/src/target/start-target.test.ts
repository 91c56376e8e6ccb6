import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startTarget } from "./start-target.ts";

/** A command line that runs this program with Node. */
const node = (program: string, argument = "{port}"): string =>
  `"${process.execPath}" -e ${JSON.stringify(program)} ${argument}`;

const server =
  'console.log("up", process.pid); require("http").createServer((q, s) => s.end("yes")).listen(+process.argv[1], "127.0.0.1")';

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it("gives a server that answers, and leaves nothing of it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "weir-test-"));
  const logFile = join(folder, "server.log");
  const target = await startTarget(node(server), { logFile });
  expect(await (await fetch(target.url)).text()).toBe("yes");
  expect(target.readyAfterMs).toBeGreaterThan(0);
  await target.stop();
  const log = await readFile(logFile, "utf8");
  expect(isAlive(Number(/up (\d+)/.exec(log)?.[1]))).toBe(false);
  expect(target.ended.aborted).toBe(false);
  await rm(folder, { recursive: true });
});

it("ends one that does not want to", { timeout: 20_000 }, async () => {
  const stubborn = await startTarget(node(`process.on("SIGTERM", () => {}); ${server}`), {
    stopTimeoutMs: 50,
  });
  await stubborn.stop();
  expect(isAlive(stubborn.pid)).toBe(false);
});

it.skipIf(process.platform !== "linux")(
  "ends what left its process group as well",
  { timeout: 20_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "weir-test-"));
    const logFile = join(folder, "server.log");
    const starter = `console.log("stray", require("child_process").spawn("sleep", ["600"], { stdio: "ignore", detached: true }).pid); ${server}`;
    const target = await startTarget(node(starter), { logFile });
    await target.stop();
    const stray = Number(/stray (\d+)/.exec(await readFile(logFile, "utf8"))?.[1]);
    expect(stray).toBeGreaterThan(0);
    // It stays in the list until the system has heard of its end.
    await expect.poll(() => isAlive(stray), { timeout: 10_000 }).toBe(false);
    await rm(folder, { recursive: true });
  },
);

it("waits until a server that says it is not ready is", async () => {
  const slow =
    'let asked = 0; require("http").createServer((q, s) => { s.statusCode = ++asked < 3 ? 503 : 200; s.end(String(asked)) }).listen(+process.argv[1], "127.0.0.1")';
  await using target = await startTarget(node(slow));
  expect(await (await fetch(target.url)).text()).toBe("4");
});

it("says what a command printed that ends by itself, before it is ready and later", async () => {
  await expect(
    startTarget(node('console.error("no such model"); process.exitCode = 3')),
  ).rejects.toMatchObject({
    code: "TARGET_UNREACHABLE",
    message: expect.stringMatching(/ended with exit code 3[^]*It printed:\nno such model$/),
  });
  await using target = await startTarget(
    node(`${server}; process.stdin.resume(); setTimeout(() => {}, 1e6); require("http").get`),
  );
  process.kill(-target.pid, "SIGKILL");
  await new Promise((resolve) => {
    target.ended.addEventListener("abort", resolve, { once: true });
  });
  expect(String(target.ended.reason)).toContain("was ended by SIGKILL");
});

it("is ended where nobody waits any more, and where it does not answer in time", async () => {
  const deaf = node("setInterval(() => {}, 1000)");
  await expect(startTarget(deaf, { readyTimeoutMs: 100 })).rejects.toThrow(/within 0.1 s, got none/);
  const controller = new AbortController();
  const waiting = startTarget(deaf, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});

it("has to be told its port", async () => {
  await expect(startTarget("node server.js")).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringContaining("{port}"),
  });
});
