import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveAllowedFile } from "./allowed-file.ts";

let base: string;
let root: string;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "weir-test-")));
  root = join(base, "root");
  await mkdir(join(root, "..inside"), { recursive: true });
  await writeFile(join(root, "..inside", "a.txt"), "a");
  await writeFile(join(base, "secret.txt"), "secret");
  await symlink(join(base, "secret.txt"), join(root, "link.txt"));
});
afterEach(async () => {
  await rm(base, { recursive: true });
});

describe("allowed files", () => {
  it("are found below a root, by absolute or relative path", async () => {
    const file = join(root, "..inside", "a.txt");
    expect(await resolveAllowedFile(file, [root])).toBe(file);
    expect(await resolveAllowedFile("..inside/a.txt", [root])).toBe(file);
    expect(await resolveAllowedFile(file, [join(base, "other"), root])).toBe(file);
  });

  it.each(["../secret.txt", "link.txt", "/etc/passwd", "x/../../secret.txt", "../root-but-not/a"])(
    "are not outside: %s",
    async (path) => {
      await expect(resolveAllowedFile(path, [root])).rejects.toMatchObject({ code: "FORBIDDEN" });
    },
  );

  it("do not exist where no root is allowed", async () => {
    await expect(resolveAllowedFile("a.txt", [])).rejects.toThrow("--allow-root");
  });

  it("that are missing are the client's mistake", async () => {
    await expect(resolveAllowedFile("none.txt", [root])).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  });
});
