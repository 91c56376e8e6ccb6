import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diskFileName } from "./disk-file.ts";
import { openEmbeddingCache, type CacheOptions, type EmbeddingCache } from "./embedding-cache.ts";
import { missing } from "./ram-store.ts";

const key = "k".repeat(32);
const vector = Float32Array.from({ length: 100 }, (_, index) => index / 7);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-cache-"));
});
afterEach(() => rm(directory, { recursive: true }));

function openCache(options: Partial<CacheOptions> = {}): EmbeddingCache {
  return openEmbeddingCache({ ramBytes: 0, disk: { directory, maxBytes: 32e6 }, ...options }, undefined);
}

const diskOf = async (cache: EmbeddingCache) => (await cache.state()).disk!;

async function untilDisk(
  cache: EmbeddingCache,
  holds: (disk: Awaited<ReturnType<typeof diskOf>>) => boolean,
): Promise<void> {
  while (!holds(await diskOf(cache))) await new Promise((resolve) => setImmediate(resolve));
}

function read(cache: EmbeddingCache): number {
  return cache.store.readRest(key, new Float32Array(vector.length), 0, vector.length);
}

describe("a cache of memory and a file", () => {
  it("serves from memory while the file is being opened, and is closed in the middle of that", async () => {
    const cache = openCache({ ramBytes: 4e6 });
    expect((await diskOf(cache)).kind).toBe("opening");
    cache.store.write(key, vector, 0, vector.length, 3);
    expect(read(cache)).toBe(3);
    await cache[Symbol.asyncDispose]();
    expect((await readdir(directory)).filter((name) => name.includes(".open-"))).toEqual([]);
  });

  it("brings what the file has into memory", async () => {
    {
      await using cache = openCache();
      await untilDisk(cache, ({ kind }) => kind === "open");
      cache.store.write(key, vector, 0, vector.length, 3);
    }
    await using cache = openCache({ ramBytes: 4e6 });
    await untilDisk(cache, ({ kind }) => kind === "open");
    const target = new Float32Array(vector.length);
    expect(cache.store.readMemory(key, target, 0, vector.length)).toBe(missing);
    expect(cache.store.readRest(key, target, 0, vector.length)).toBe(3);
    expect(cache.store.readMemory(key, target, 0, vector.length)).toBe(3);
    expect(target).toEqual(vector);
    expect(await cache.clear()).toEqual({ ram: 1, disk: 1 });
    expect(read(cache)).toBe(missing);
  });

  it("goes on with a new file where the old one turns out to be damaged", async () => {
    await using cache = openCache();
    await untilDisk(cache, ({ kind }) => kind === "open");
    cache.store.write(key, vector, 0, vector.length, 3);
    const path = join(directory, diskFileName);
    const bytes = Buffer.from(vector.buffer);
    let at = -1;
    while (at < 0) at = (await readFile(path)).indexOf(bytes);
    const file = await open(path, "r+");
    await file.write(Buffer.from([0xff]), 0, 1, at + 5);
    await file.close();
    // What waits to be written or is just being written is not read from the file.
    while (read(cache) !== missing) await new Promise((resolve) => setImmediate(resolve));
    await untilDisk(cache, ({ kind, entries }) => kind === "open" && entries === 0);
    expect((await readdir(directory)).filter((name) => name.includes(".damaged-"))).toHaveLength(1);
    cache.store.write(key, vector, 0, vector.length, 4);
    expect(read(cache)).toBe(4);
  });

  it("does without a file where there can be none, and counts that", async () => {
    const file = join(directory, "a-file");
    await writeFile(file, "");
    await using cache = openCache({
      ramBytes: 4e6,
      disk: { directory: join(file, "below"), maxBytes: 32e6 },
    });
    await untilDisk(cache, ({ kind }) => kind === "failed");
    expect((await diskOf(cache)).failures).toBe(1);
    cache.store.write(key, vector, 0, vector.length, 3);
    expect(read(cache)).toBe(3);
  });
});
