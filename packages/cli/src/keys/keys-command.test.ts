import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKeysFile, startServer } from "@weir/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createTestContext } from "../fixtures/test-context.ts";
import { createKeysCommand } from "./keys-command.ts";
import { resolveKeyOptions } from "./resolve-key-options.ts";

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
  file = join(directory, "keys.json");
});
afterEach(() => rm(directory, { recursive: true }));

async function keys(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const { context, written } = createTestContext();
  await createKeysCommand(context).parseAsync([...args, "--file", file], { from: "user" });
  return written;
}

describe("weir keys", () => {
  it("makes keys that a server takes, and takes them back", async () => {
    const { stdout, stderr } = await keys("create", "--name", "shop", "--rate", "600");
    const key = stdout.trim();
    expect(key).toMatch(/^weir_[0-9a-f]{12}_\S{43}$/);
    expect(stderr).toContain(key.slice(5, 17));
    expect(stderr + (await readFile(file, "utf8"))).not.toContain(key);
    await keys("create", "--scope", "metrics", "--scope", "infer", "--expires", "90d");

    await using weir = await startServer({
      models: [{ name: "echo", engineModule: import.meta.resolve("@weir/engine/echo"), spec: { path: "/" } }],
      port: 0,
      version: "0.0.0-test",
      security: { apiKeysFile: file, keysIntervalMs: 10 },
    });
    await weir.ready;
    const embed = async (): Promise<number> => {
      const headers = { authorization: `Bearer ${key}` };
      return (await fetch(`${weir.url}/embed`, { method: "POST", headers, body: '{"texts":["a"]}' })).status;
    };
    expect(await embed()).toBe(200);

    const listed = await keys("list");
    expect(listed.stdout).toMatch(/shop .*infer .*never .*requestsPerMinute 600/);
    expect(listed.stdout).not.toContain("sha256");
    const json = JSON.parse((await keys("list", "--json")).stdout) as { keys: object[] };
    expect(json.keys).toMatchObject([
      { name: "shop" },
      { scopes: ["metrics", "infer"], expiresAt: expect.any(String) },
    ]);

    await keys("revoke", key.slice(5, 17));
    await vi.waitFor(async () => expect(await embed()).toBe(401), { interval: 10, timeout: 10_000 });
    await expect(keys("revoke", key)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.not.stringContaining(key),
    });
  });

  it("says which keys there are where one is to be revoked that is not, and repeats no secret", async () => {
    const revoke = async (id: string): Promise<string> =>
      keys("revoke", id).then(
        () => "revoked",
        (error: Error) => error.message,
      );
    await keys("create", "--name", "shop");
    const { stdout } = await keys("create");
    const [first, second] = await readKeysFile(file);
    const expected = `expected the id of one of its keys, ${first!.id} (shop), ${second!.id}; got`;
    expect(await revoke("nope")).toContain(`${expected} "nope". weir keys list`);
    const secret = `${stdout.trim().slice(5)}-of-another-server`;
    expect(await revoke(secret)).toContain(`${expected} something of ${secret.length} characters.`);
    await keys("revoke", first!.id);
    await keys("revoke", stdout.trim());
    expect(await revoke(stdout.trim())).toContain(
      `but it has none; got a key with the id ${second!.id}, which is none of them`,
    );
  });

  it("has to be told of a file that is there", async () => {
    await expect(keys("list")).rejects.toThrow("weir keys create");
  });

  it("names every problem of a key's flags at once", () => {
    const resolve = (): unknown =>
      resolveKeyOptions(
        { scope: ["all"], expires: "yesterday", rate: "0", weight: "-1", maxCost: "x" },
        Date.now(),
      );
    expect(resolve).toThrow(/--scope.*--expires.*--rate.*--max-cost.*--weight/s);
  });
});
