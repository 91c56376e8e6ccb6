import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { apiKeyPattern, createApiKey } from "./api-key.ts";
import { createKeyRing } from "./key-ring.ts";
import { encodeKeysFile, parseKeysFile, readKeysFile, writeKeysFile } from "./keys-file.ts";
import { openKeys } from "./watched-keys.ts";

const about = { name: "shop", scopes: ["infer"] as const };
let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
  path = join(directory, "keys.json");
});
afterEach(() => rm(directory, { recursive: true }));

describe("a key", () => {
  it("opens with its own secret only", () => {
    const [a, b] = [createApiKey(about), createApiKey(about)];
    const ring = createKeyRing([a.record]);
    expect(a.key).toMatch(apiKeyPattern);
    expect(ring.find(a.key, 0)).toBe(a.record);
    expect(ring.find(b.key, 0)).toBeUndefined();
    expect(ring.find(`weir_${a.record.id}_${b.key.slice(-43)}`, 0)).toBeUndefined();
    expect(ring.find(a.record.hash, 0)).toBeUndefined();
    expect(ring.find("", 0)).toBeUndefined();
  });

  it("ends when it expires", () => {
    const { key, record } = createApiKey({ ...about, expiresAt: "2030-01-01T00:00:00Z" });
    const ring = createKeyRing([record]);
    expect(ring.find(key, Date.parse(record.expiresAt!) - 1)).toBe(record);
    expect(ring.find(key, Date.parse(record.expiresAt!))).toBeUndefined();
  });
});

describe("a keys file", () => {
  it("holds no key", async () => {
    const { key, record } = createApiKey({ ...about, limits: { requestsPerMinute: 10, weight: 0.5 } });
    await writeKeysFile(path, [record]);
    expect(await readKeysFile(path)).toEqual([record]);
    const text = await readFile(path, "utf8");
    expect(text).not.toContain(key);
    expect(text).not.toContain(key.slice(-43));
  });

  it.skipIf(process.platform === "win32")("is its owner's alone", async () => {
    await writeKeysFile(path, []);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("names every problem, and shows no value that might be a key", () => {
    const { key, record } = createApiKey(about);
    const bad = { ...record, hash: key, scopes: ["all"], limits: { requestsPerMin: 1, maxJobs: 0 } };
    const text = JSON.stringify({ version: 1, keys: [bad, record, 7] });
    const parse = (): unknown => parseKeysFile(text, "k.json");
    expect(parse).toThrow(
      /keys\[0\]\.hash.*keys\[0\]\.scopes.*maxJobs.*requestsPerMin.*two keys.*keys\[2\]/s,
    );
    expect(parse).not.toThrow(new RegExp(key));
  });

  it.each(["", "[]", "{}", '{"version":2,"keys":[]}', '{"version":1,"keys":{}}'])("is not %j", (text) => {
    expect(() => parseKeysFile(text, "k.json")).toThrow("k.json");
  });

  it("is read again when it changes, and a broken one changes nothing", async () => {
    const [first, second] = [createApiKey(about), createApiKey(about)];
    await writeKeysFile(path, [first.record]);
    const problems: unknown[] = [];
    using keys = await openKeys(path, { intervalMs: 5, onProblem: (error) => problems.push(error) });
    await writeKeysFile(path, [second.record]);
    await vi.waitFor(() => expect(keys.find(second.key, 0)).toEqual(second.record), {
      interval: 5,
      timeout: 5_000,
    });
    expect(keys.find(first.key, 0)).toBeUndefined();

    await writeFile(path, `${encodeKeysFile([first.record])}, and more`);
    await vi.waitFor(() => expect(problems).not.toHaveLength(0), { interval: 5, timeout: 5_000 });
    expect(keys.find(second.key, 0)).toEqual(second.record);
    await rm(path);
    await vi.waitFor(() => expect(problems.length).toBeGreaterThan(1), { interval: 5, timeout: 5_000 });
    expect(keys.find(second.key, 0)).toEqual(second.record);
  });

  it("has to be there at the start", async () => {
    await expect(openKeys(path)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(path),
    });
  });
});
