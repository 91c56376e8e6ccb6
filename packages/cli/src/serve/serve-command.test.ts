import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommandContext } from "../command-context.ts";
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
  readonly said: { stdout: string; stderr: string };
  readonly end: () => Promise<void>;
}

function createContext(env: Record<string, string>, onWrite: () => void, signal: AbortSignal) {
  const said = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") => ({
    write(text: string): void {
      said[name] += text;
      onWrite();
    },
  });
  const context: CommandContext = {
    stdout: output("stdout"),
    stderr: output("stderr"),
    env: { WEIR_CACHE_DIR: join(directory, "cache"), ...env },
    signal,
    version: "0.0.0-test",
    exitCode: 0,
  };
  return { context, said };
}

/** Runs the command until it says that it is ready. */
async function startServe(args: readonly string[], env: Record<string, string> = {}): Promise<Served> {
  const stop = new AbortController();
  let resolve: () => void = () => {};
  const ready = new Promise<void>((onReady) => (resolve = onReady));
  const { context, said } = createContext(
    env,
    () => void (/^ready after|"msg":"ready"/m.test(said.stderr) && resolve()),
    stop.signal,
  );
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
    const keys = createContext({}, () => {}, new AbortController().signal);
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
      expect(await post(`${url}/embed`, { authorization: `Bearer ${keys.said.stdout.trim()}` })).toBe(200);
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

  it("finds again after a restart what it computed before, in the folder it was told", async () => {
    const folder = join(directory, "kept");
    const args = ["--model", "reference-embed-tiny", "--threads", "1", "--cache-dir", folder];
    const ask = async (url: string): Promise<string | null> =>
      (await fetch(`${url}/embed`, { method: "POST", body: '{"texts":["a weir"]}' })).headers.get("x-cache");
    const first = await startServe(args, { WEIR_LOG_FORMAT: "pretty" });
    expect(first.said.stderr).toContain(
      `embeddings are cached in 64 MB of memory and in a file of up to 4 GB in ${folder}`,
    );
    expect(await ask(first.url)).toBe("miss");
    expect(await ask(first.url)).toBe("hit");
    await first.end();
    const second = await startServe(args);
    expect(await ask(second.url)).toBe("hit");
    await second.end();
  });
});
