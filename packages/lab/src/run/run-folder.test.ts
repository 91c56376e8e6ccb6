import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRunFolder } from "./run-folder.ts";

describe("createRunFolder", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "weir-run-folder-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("makes what is missing above it, also for several runs at once", async () => {
    const made = await Promise.all(
      [1, 2, 3].map(async () => createRunFolder(path.join(folder, "a", "b"), new Date(0))),
    );
    for (const { path: place } of made) expect((await stat(place)).isDirectory()).toBe(true);
    expect(new Set(made.map(({ id }) => id)).size).toBe(3);
  });

  it("says what is in its way", async () => {
    await writeFile(path.join(folder, "file"), "");
    await expect(createRunFolder(path.join(folder, "file", "runs"), new Date())).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("Choose another with --out.") as string,
    });
  });

  it.skipIf(!existsSync("/proc/version"))("ends where a file system makes no folders", async () => {
    await expect(createRunFolder("/proc/weir/runs", new Date())).rejects.toMatchObject({ code: "USAGE" });
  });
});
