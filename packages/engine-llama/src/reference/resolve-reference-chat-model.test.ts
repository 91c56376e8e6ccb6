import { mkdir, mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isReferenceChatModelBuilt, resolveReferenceChatModel } from "./resolve-reference-chat-model.ts";

const name = "reference-chat-15m";
let directory = "";
let caches = 0;
const newCache = () => join(directory, `cache-${caches++}`);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-chat-cache-"));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

describe("resolveReferenceChatModel", () => {
  it("builds on first use, tells how far, and takes what is there after", async () => {
    const cacheDirectory = newCache();
    expect(await isReferenceChatModelBuilt(name, cacheDirectory)).toBe(false);
    const seen: number[] = [];
    const first = await resolveReferenceChatModel(name, {
      cacheDirectory,
      onProgress: ({ writtenBytes, totalBytes }) => seen.push(writtenBytes / totalBytes),
    });
    expect(first.built).toBe(true);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
    expect(await resolveReferenceChatModel(name, { cacheDirectory })).toEqual({ ...first, built: false });
    const { size } = await stat(first.path);
    await truncate(first.path, 1000);
    expect(await resolveReferenceChatModel(name, { cacheDirectory })).toEqual(first);
    expect((await stat(first.path)).size).toBe(size);
  });

  it("ends with one good file when several build at once", async () => {
    const cacheDirectory = newCache();
    const all = await Promise.all([1, 2].map(() => resolveReferenceChatModel(name, { cacheDirectory })));
    expect(new Set(all.map(({ path }) => path)).size).toBe(1);
    expect(await readdir(cacheDirectory)).toHaveLength(1);
    expect(await isReferenceChatModelBuilt(name, cacheDirectory)).toBe(true);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const cacheDirectory = newCache();
    const controller = new AbortController();
    const build = resolveReferenceChatModel(name, {
      cacheDirectory,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(build).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await readdir(cacheDirectory)).toEqual([]);
  });

  it("removes what an older version built and what a process that died left, nothing of one at work", async () => {
    const cacheDirectory = newCache();
    await mkdir(cacheDirectory);
    const dead = `${name}-v3.gguf.building-dead`;
    const working = `${name}-v3.gguf.building-working`;
    for (const file of [`${name}-v0.gguf`, dead, working, "reference-chat-135m-v0.gguf"]) {
      await writeFile(join(cacheDirectory, file), "");
    }
    const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
    await utimes(join(cacheDirectory, dead), yesterday, yesterday);
    const { path } = await resolveReferenceChatModel(name, { cacheDirectory });
    const left = (await readdir(cacheDirectory)).map((file) => join(cacheDirectory, file));
    const kept = [path, join(cacheDirectory, working), join(cacheDirectory, "reference-chat-135m-v0.gguf")];
    expect(left.toSorted()).toEqual(kept.toSorted());
  });

  it("names the models that there are", async () => {
    await expect(
      resolveReferenceChatModel("reference-chat-1b", { cacheDirectory: newCache() }),
    ).rejects.toThrow("expected one of reference-chat-135m, reference-chat-15m");
  });
});
