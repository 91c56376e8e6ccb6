import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "./load-config.ts";

let directory: string;
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "weir-test-")));
});
afterEach(() => rm(directory, { recursive: true }));

describe("weir.config", () => {
  it.each([
    [
      "weir.config.ts",
      'import { defineConfig, type WeirConfig } from "@weir/cli";\nconst config: WeirConfig = { serve: { port: 1 } };\nexport default defineConfig(config);',
    ],
    ["weir.config.mjs", "export default { serve: { port: 1 } };"],
    ["weir.config.cjs", "module.exports = { serve: { port: 1 } };"],
    ["weir.config.json", '{ "serve": { "port": 1 } }'],
  ])("is found as %s", async (name, content) => {
    await writeFile(join(directory, name), content);
    expect(await loadConfig(undefined, "serve", directory)).toEqual({
      name,
      directory,
      section: { port: 1 },
      problems: [],
    });
  });

  it("may be elsewhere, and may be absent", async () => {
    const path = join(directory, "other.ts");
    await writeFile(path, "export default {}");
    expect(await loadConfig(path, "serve")).toEqual({ name: path, directory, section: {}, problems: [] });
    expect(await loadConfig(undefined, "serve", directory)).toBeUndefined();
  });

  it.each([
    ["weir.config.json", "{", "cannot be read"],
    ["weir.config.ts", 'throw new Error("my own mistake")', "my own mistake"],
    ["weir.config.ts", "export default 7", "default export"],
  ])("%s with %j is refused", async (name, content, message) => {
    await writeFile(join(directory, name), content);
    const loading = loadConfig(undefined, "serve", directory);
    await expect(loading).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining(message) });
    await expect(loading).rejects.toThrow(name);
  });

  it("tells what else is wrong beside what it says", async () => {
    const load = async (content: string): Promise<unknown> => {
      await writeFile(join(directory, "weir.config.json"), content);
      return loadConfig(undefined, "serve", directory);
    };
    expect(await load('{ "port": 1, "serve": { "port": 2 }, "host": "x" }')).toMatchObject({
      section: { port: 2 },
      problems: [
        expect.stringContaining(
          'weir.config.json: expected the sections serve, measure, run, sweep, capacity, compare, calibrate, check, got "port".',
        ),
        expect.stringContaining('got "host".'),
      ],
    });
    expect(await load('{ "serve": [] }')).toMatchObject({
      section: {},
      problems: ["weir.config.json: expected serve to be an object."],
    });
  });

  it("that is named has to be there", async () => {
    await expect(loadConfig(join(directory, "none.ts"), "serve")).rejects.toThrow(
      "none.ts: cannot be read (ENOENT",
    );
  });
});
