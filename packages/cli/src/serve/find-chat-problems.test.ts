import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkServeOptions } from "./check-serve-options.ts";

let directory: string;
let file: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
  file = join(directory, "file.json");
  await writeFile(file, "[]");
});
afterAll(() => rm(directory, { recursive: true }));

const check = (flags: object): Promise<unknown> =>
  checkServeOptions({
    flags: { model: ["reference-chat-15m"], ...flags },
    strays: [],
    configPath: undefined,
    env: { WEIR_CACHE_DIR: directory },
  });

describe("what is wrong with a chat model's paths", () => {
  it("is told together, before anything listens", async () => {
    const none = join(directory, "none.json");
    await expect(check({ kvDir: join(file, "kv"), prewarm: none })).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(
        /^--kv-dir: expected a folder .*file\.json is a file\. Name another.*\n--prewarm: .*none\.json, where nothing is\.$/,
      ),
    });
  });

  it("is nothing where a folder can be made, nothing is written there, or no model chats", async () => {
    await expect(check({ kvDir: join(directory, "new/kv"), prewarm: file })).resolves.toBeDefined();
    await expect(check({ kvDir: join(file, "kv"), kvDisk: "0" })).resolves.toBeDefined();
    await expect(check({ model: ["reference-embed-tiny"], kvDir: join(file, "kv") })).resolves.toBeDefined();
  });
});
