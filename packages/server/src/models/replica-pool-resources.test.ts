import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { listPids, toRequest, useEchoPools } from "../fixtures/echo-pool.ts";
import { spillLimitBytes } from "../link/spill-directory.ts";
import { resolveNodeEntry } from "../platform/node-entry.ts";
import { createDeferred } from "../replica/deferred.ts";

const { signal } = new AbortController();
const startEcho = useEchoPools();

async function useDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "weir-test-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** `replaced` resolves when a process that ended has been started again. */
function watchReplacement(): {
  replaced: Promise<void>;
  onEvent: (event: { readonly kind: string }) => void;
} {
  const replaced = createDeferred<void>();
  let ended = false;
  return {
    replaced: replaced.promise,
    onEvent: ({ kind }) => {
      if (kind === "ended") ended = true;
      else if (kind === "ready" && ended) replaced.resolve();
    },
  };
}

it("serves large jobs and starts processes though its folder for payloads was swept away", async () => {
  const spillDirectory = await useDirectory();
  const { replaced, onEvent } = watchReplacement();
  await using pool = await startEcho({}, { replicas: 1, spillDirectory, onEvent });
  await rm(spillDirectory, { recursive: true });
  const large = "x".repeat(spillLimitBytes + 1);
  expect((await pool.embed(toRequest([large]), signal)).vectors.count).toBe(1);
  process.kill(listPids(pool)[0]!, "SIGKILL");
  await replaced;
  expect((await pool.embed(toRequest([large]), signal)).vectors.count).toBe(1);
});

it("leaves no payload behind that a killed process had not read", async () => {
  const spillDirectory = await useDirectory();
  const { replaced, onEvent } = watchReplacement();
  await using pool = await startEcho({}, { replicas: 1, spillDirectory, onEvent });
  const [pid] = listPids(pool);
  process.kill(pid!, "SIGSTOP");
  const stop = new AbortController();
  const job = pool.embed(toRequest(["x".repeat(spillLimitBytes + 1)]), stop.signal).catch(() => {});
  const list = (): Promise<string[]> => readdir(spillDirectory, { recursive: true });
  await expect.poll(list).toHaveLength(2);
  stop.abort();
  process.kill(pid!, "SIGKILL");
  await job;
  await replaced;
  // The folder of the new process, and nothing in it.
  await expect.poll(list).toHaveLength(1);
});

it.skipIf(process.platform === "win32")(
  "outlives a shortage of open files: a process that ended then is started again when there are some",
  async () => {
    const { file, execArgv } = resolveNodeEntry(new URL("../fixtures/few-files", import.meta.url));
    const command = ["ulimit -n 80; exec", process.execPath, ...execArgv, file].map((part, index) =>
      index === 0 ? part : `'${part}'`,
    );
    const child = spawn("sh", ["-c", command.join(" ")], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: string[] = [];
    createInterface(child.stdout).on("line", (line) => lines.push(line));
    const [code] = (await once(child, "close")) as [number | null];
    expect(lines).toEqual([
      "ready",
      "no files left",
      expect.stringMatching(/^start-failed: .*EMFILE/),
      "ready",
    ]);
    expect(code).toBe(0);
  },
);
