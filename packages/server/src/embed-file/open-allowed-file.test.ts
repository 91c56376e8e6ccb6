import { link, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAllowedFile } from "./open-allowed-file.ts";

let base: string;
let root: string;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "weir-test-")));
  root = join(base, "root");
  await mkdir(join(root, "..inside"), { recursive: true });
  await mkdir(join(base, "other"));
  await writeFile(join(root, "..inside", "a.txt"), "inside");
  await writeFile(join(base, "other", "secret.txt"), "secret");
  await symlink(join(base, "other", "secret.txt"), join(root, "link.txt"));
  await symlink(join(base, "other", "none.txt"), join(root, "dangling.txt"));
  await symlink(join(base, "other"), join(root, "folder"));
  await symlink(join("..inside", "a.txt"), join(root, "inner.txt"));
});
afterEach(async () => {
  await rm(base, { recursive: true });
});

async function read(path: string, roots: readonly string[]): Promise<string> {
  const file = await openAllowedFile(path, roots);
  try {
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

describe("allowed files", () => {
  it("are found below a root, by absolute or relative path", async () => {
    const file = join(root, "..inside", "a.txt");
    expect(await read(file, [root])).toBe("inside");
    expect(await read("..inside/a.txt", [root])).toBe("inside");
    expect(await read(file, [join(base, "other"), root])).toBe("inside");
    expect(await read("inner.txt", [root])).toBe("inside");
  });

  it.each([
    "../other/secret.txt",
    "link.txt",
    "/etc/passwd",
    "x/../../other/secret.txt",
    "../root-but-not/a",
    "folder/secret.txt",
    "folder/none.txt",
    "folder/none/none.txt",
    "dangling.txt",
  ])("are not outside, and whether they exist is not told: %s", async (path) => {
    await expect(read(path, [root])).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: `path ${JSON.stringify(path)} is outside the allowed roots`,
    });
  });

  it("do not exist where no root is allowed", async () => {
    await expect(read("a.txt", [])).rejects.toThrow("--allow-root");
  });

  it.each(["none.txt", "none/none.txt", "..inside/a.txt/b", "..inside", "a\0b"])(
    "that are missing or none are the client's mistake: %j",
    async (path) => {
      await expect(read(path, [root])).rejects.toMatchObject({ code: "INVALID_REQUEST", field: "path" });
    },
  );

  it("stay inside while somebody swaps them for links that lead out", async () => {
    await writeFile(join(root, "plain.txt"), "plain");
    await link(join(root, "plain.txt"), join(root, "f"));
    let running = true;
    const swapping = (async () => {
      for (; running;) {
        await symlink("../other/secret.txt", join(root, "b"));
        await rename(join(root, "b"), join(root, "f"));
        await writeFile(join(root, "a"), "plain");
        await rename(join(root, "a"), join(root, "f"));
        await symlink("../other", join(root, "d"));
        await rm(join(root, "d"));
      }
    })();
    const seen = new Set<string>();
    for (let turn = 0; turn < 3_000; turn++)
      seen.add(await read("f", [root]).catch((error: { code: string }) => error.code));
    running = false;
    await swapping;
    expect(seen).toContain("plain");
    expect(seen).not.toContain("secret");
  });
});
