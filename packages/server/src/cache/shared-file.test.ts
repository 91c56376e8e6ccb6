import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createInProcessEmbedder } from "@weir/engine";
import * as echo from "@weir/engine/echo";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveNodeEntry } from "../platform/node-entry.ts";
import { diskFileName } from "./disk-file.ts";

let directory: string;
const running: ChildProcess[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-shared-"));
});
afterEach(async () => {
  for (const child of running.splice(0)) await end(child, "SIGKILL");
  await rm(directory, { recursive: true });
});

async function start(ramBytes = 0) {
  const entry = resolveNodeEntry(new URL("../fixtures/serve-cached", import.meta.url));
  const child = spawn(process.execPath, [...entry.execArgv, entry.file, directory, String(ramBytes)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.push(child);
  const [url] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const disk = async () => {
    const health = (await (await fetch(`${url}/health`)).json()) as {
      cache: { disk: { state: string; entries: number; failures: number } };
    };
    return health.cache.disk;
  };
  /** Asked now and then: the processes need the processor themselves. */
  const untilDisk = async (holds: (now: Awaited<ReturnType<typeof disk>>) => boolean) => {
    while (!holds(await disk())) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  await untilDisk(({ state }) => state !== "opening");
  return {
    child,
    disk,
    untilDisk,
    async embed(texts: readonly string[]) {
      const answer = await fetch(`${url}/embed`, { method: "POST", body: JSON.stringify({ texts }) });
      expect(answer.status).toBe(200);
      const { vectors } = (await answer.json()) as { vectors: number[][] };
      return { status: answer.headers.get("x-cache"), vectors };
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

async function expectRight(vectors: readonly (readonly number[])[], texts: readonly string[]): Promise<void> {
  await using local = await createInProcessEmbedder(echo, { path: "/", options: { dimensions: 384 } });
  const right = (await local.embed({ inputs: { kind: "texts", texts } })).vectors;
  // As bytes: comparing numbers one by one takes longer than computing them.
  const { buffer, byteOffset, byteLength } = right.values;
  const bytes = Buffer.from(Float32Array.from(vectors.flat()).buffer);
  expect(bytes.equals(Buffer.from(buffer, byteOffset, byteLength))).toBe(true);
}

const texts = Array.from({ length: 64 }, (_, index) => `text ${index} of some`);

describe("a cache file of servers in processes of their own", () => {
  it("is shared: what one computes, the other has", async () => {
    const [one, two] = await Promise.all([start(), start()]);
    expect((await one.embed(texts)).status).toBe("miss");
    await two.untilDisk(({ entries }) => entries >= texts.length);
    const answer = await two.embed(texts);
    expect(answer.status).toBe("hit");
    await expectRight(answer.vectors, texts);
  });

  it("is there again after SIGTERM, with everything that was answered", async () => {
    const first = await start(4e6);
    await first.embed(texts);
    await end(first.child, "SIGTERM");
    expect(await readdir(directory)).toContain(`${diskFileName}.closed`);
    const second = await start(4e6);
    const answer = await second.embed(texts);
    expect(answer.status).toBe("hit");
    await expectRight(answer.vectors, texts);
  });

  it("survives kill -9 while it is written: what is in it then is right", async () => {
    let server = await start();
    for (let round = 0; round < 2; round++) {
      const many = Array.from({ length: 400 }, (_, index) => `round ${round} text ${index}`);
      const before = (await server.disk()).entries;
      await server.embed(many);
      await server.untilDisk(({ entries }) => entries !== before);
      await end(server.child, "SIGKILL");
      server = await start();
      expect(await server.disk()).toMatchObject({ state: "open", failures: 0 });
      expect((await server.disk()).entries).toBeGreaterThan(0);
      const answer = await server.embed(many);
      expect(answer.status).not.toBe("miss");
      await expectRight(answer.vectors, many);
    }
    expect((await readdir(directory)).filter((name) => name.includes(".damaged-"))).toEqual([]);
  });

  it("is moved aside where it is damaged, and the server serves on", async () => {
    const first = await start();
    await first.embed(texts);
    await end(first.child, "SIGTERM");
    const path = join(directory, diskFileName);
    const content = await readFile(path);
    content.fill(0xa5, Math.floor(content.length / 3), Math.floor(content.length / 2));
    await writeFile(path, content);
    const second = await start();
    const answer = await second.embed(texts);
    expect(answer.status).toBe("miss");
    await expectRight(answer.vectors, texts);
    expect((await readdir(directory)).filter((name) => name.includes(".damaged-"))).toHaveLength(1);
    expect((await second.disk()).state).toBe("open");
  });
});
