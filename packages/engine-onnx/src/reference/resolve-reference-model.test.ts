import { mkdir, readdir, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useTinyModels } from "../fixtures/tiny-model.ts";
import { readJsonObject } from "../folder/read-json.ts";
import { isReferenceModelBuilt, resolveReferenceModel } from "./resolve-reference-model.ts";

const models = useTinyModels();
const name = "reference-embed-tiny";
let caches = 0;
const newCache = () => join(models.directory(), `cache-${caches++}`);

describe("resolveReferenceModel", () => {
  it("builds on first use and takes what is there after", async () => {
    const cacheDirectory = newCache();
    expect(await isReferenceModelBuilt(name, cacheDirectory)).toBe(false);
    const first = await resolveReferenceModel(name, { cacheDirectory });
    expect(first).toEqual({ path: join(cacheDirectory, name), built: true });
    expect(await resolveReferenceModel(name, { cacheDirectory })).toEqual({ ...first, built: false });
    expect(await isReferenceModelBuilt(name, cacheDirectory)).toBe(true);
    expect(await readdir(cacheDirectory)).toEqual([name]);
  });

  it("ends with one good folder when several build at once", async () => {
    const cacheDirectory = newCache();
    const all = await Promise.all([1, 2, 3, 4].map(() => resolveReferenceModel(name, { cacheDirectory })));
    expect(new Set(all.map(({ path }) => path))).toEqual(new Set([join(cacheDirectory, name)]));
    expect(await readdir(cacheDirectory)).toEqual([name]);
    expect(await isReferenceModelBuilt(name, cacheDirectory)).toBe(true);
  });

  it.each([
    ["cut short", (path: string) => truncate(join(path, "onnx/model.onnx"), 100)],
    [
      "of another version",
      (path: string) => writeFile(join(path, "weir-reference.json"), `{"name":"${name}"}`),
    ],
    ["without a readable manifest", (path: string) => writeFile(join(path, "weir-reference.json"), "{")],
  ])("builds again what is %s", async (_, damage) => {
    const cacheDirectory = newCache();
    const { path } = await resolveReferenceModel(name, { cacheDirectory });
    const { size } = await stat(join(path, "onnx/model.onnx"));
    await damage(path);
    expect(await resolveReferenceModel(name, { cacheDirectory })).toEqual({ path, built: true });
    expect((await stat(join(path, "onnx/model.onnx"))).size).toBe(size);
    expect(await readJsonObject(join(path, "weir-reference.json"))).toMatchObject({ name });
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const cacheDirectory = newCache();
    const controller = new AbortController();
    controller.abort();
    const build = resolveReferenceModel(name, { cacheDirectory, signal: controller.signal });
    await expect(build).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await readdir(cacheDirectory)).toEqual([]);
  });

  it("sweeps up what a process that died left long ago, and nothing of one at work", async () => {
    const cacheDirectory = newCache();
    const dead = join(cacheDirectory, `${name}.building-dead`);
    const working = join(cacheDirectory, `${name}.building-working`);
    await mkdir(dead, { recursive: true });
    await mkdir(working);
    const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
    await utimes(dead, yesterday, yesterday);
    await resolveReferenceModel(name, { cacheDirectory });
    expect((await readdir(cacheDirectory)).toSorted()).toEqual([name, `${name}.building-working`]);
  });
});
