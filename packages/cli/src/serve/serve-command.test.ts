import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestContext, type WrittenText } from "../fixtures/test-context.ts";
import { createKeysCommand } from "../keys/keys-command.ts";
import { createServeCommand } from "./serve-command.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterAll(() => rm(directory, { recursive: true }));

interface Served {
  readonly url: string;
  /** Once every model is ready. */
  readonly said: WrittenText;
  readonly end: () => Promise<void>;
}

/** Runs the command until it says that it is ready. */
async function startServe(args: readonly string[], env: Record<string, string> = {}): Promise<Served> {
  const stop = new AbortController();
  let resolve: () => void = () => {};
  const ready = new Promise<void>((onReady) => (resolve = onReady));
  const { context, written: said } = createTestContext({
    env: { WEIR_CACHE_DIR: join(directory, "cache"), ...env },
    onWrite: ({ stderr }) => void (/^ready after|"msg":"ready"/m.test(stderr) && resolve()),
    signal: stop.signal,
  });
  const running = createServeCommand(context).parseAsync([...args, "--port", "0"], { from: "user" });
  await Promise.race([ready, running]);
  return {
    url: /^listening on (\S+)\n/.exec(said.stdout)?.[1] ?? "",
    said,
    async end() {
      stop.abort();
      await running;
    },
  };
}

const post = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
  (await fetch(url, { method: "POST", headers, body: '{"texts":["a"]}' })).status;

describe("weir serve", () => {
  it("serves what a configuration file says, with keys, and shows what it does", async () => {
    const keysFile = join(directory, "keys.json");
    const keys = createTestContext();
    await createKeysCommand(keys.context).parseAsync(["create", "--file", keysFile], { from: "user" });
    const config = join(directory, "served.ts");
    await writeFile(
      config,
      `import { defineConfig } from "@weir/cli";
       export default defineConfig({ serve: { model: ["tiny=reference-embed-tiny"], alias: "small=tiny", apiKeys: "./keys.json", threads: 1, logFormat: "pretty" } });`,
    );
    const { url, said, end } = await startServe(["--config", config], { WEIR_LAUNCH_TOKEN: "s3cret" });
    try {
      expect(said.stderr).toMatch(/tiny\n.* dimensions.*\n.*1 replica of 1 thread\n/);
      expect(said.stderr).toContain("small -> tiny");
      expect(said.stderr).toContain(`API keys of ${keysFile}`);
      expect(await post(`${url}/embed`)).toBe(401);
      expect(await post(`${url}/embed`, { authorization: `Bearer ${keys.written.stdout.trim()}` })).toBe(200);
      const models = await fetch(`${url}/admin/models`, { headers: { authorization: "Bearer s3cret" } });
      expect(await models.json()).toMatchObject({ models: [{ name: "tiny", state: "ready" }] });
    } finally {
      await end();
    }
    expect(said.stdout).toBe(`listening on ${url}\n`);
    expect(said.stderr).toContain("shutting down");
  });

  it("writes nothing but JSON lines to stderr where that is no terminal", async () => {
    const cache = { WEIR_CACHE_DIR: join(directory, "empty") };
    const { url, said, end } = await startServe(["--model", "reference-embed-tiny"], cache);
    expect(await post(`${url}/embed`)).toBe(200);
    await end();
    const lines = said.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find(({ msg }) => msg === "ready")).toMatchObject({
      url,
      models: [{ name: "reference-embed-tiny", device: "cpu", replicas: 1, reference: true }],
    });
    expect(lines.filter(({ route }) => route === "/embed")).toHaveLength(1);
  });

  it("does not listen where others reach it without keys", async () => {
    await expect(startServe(["--model", "reference-embed-tiny", "--host", "0.0.0.0"])).rejects.toThrow(
      "--insecure-no-auth",
    );
  });
});
