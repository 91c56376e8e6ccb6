import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestContext, type WrittenText } from "../fixtures/test-context.ts";
import { createKeysCommand } from "../keys/keys-command.ts";
import { runMain } from "../main.ts";
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
    const { url, said, end } = await startServe(
      ["--model", "reference-embed-tiny", "--alias", "x=reference-embed-tiny"],
      cache,
    );
    expect(await post(`${url}/embed`)).toBe(200);
    await end();
    const lines = said.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find(({ msg }) => msg === "ready")).toMatchObject({
      url,
      aliases: { x: "reference-embed-tiny" },
      keyNeeded: false,
      maxJobs: 256,
      cache: { ramBytes: 64_000_000, diskBytes: 0, directory: join(directory, "empty") },
      models: [{ name: "reference-embed-tiny", device: "cpu", replicas: 1, reference: true }],
    });
    // The address is the first line on stdout, and a field of the line that says ready.
    expect(lines.filter((line) => JSON.stringify(line).includes("listening"))).toEqual([]);
    expect(lines.filter(({ route }) => route === "/embed")).toHaveLength(1);
  });

  it("serves what another server computes, with the key that a variable holds", async () => {
    const keysFile = join(directory, "remote-keys.json");
    const keys = createTestContext();
    await createKeysCommand(keys.context).parseAsync(["create", "--file", keysFile], { from: "user" });
    const behind = ["--model", "tiny=reference-embed-tiny", "--threads", "1", "--api-keys", keysFile];
    const remote = await startServe(behind);
    const args = [
      "--model",
      `ours=${remote.url}#tiny`,
      "--remote-key-env",
      "ours=TINY_KEY",
      "--remote-slots",
      "2",
    ];
    const { url, said, end } = await startServe([...args, "--log-format", "pretty"], {
      TINY_KEY: keys.written.stdout.trim(),
    });
    try {
      expect(said.stderr).toMatch(
        new RegExp(`ours\n +computed by ${remote.url}\n.*asked for as tiny in the openai dialect`),
      );
      expect(await post(`${url}/embed`)).toBe(200);
      const health = (await (await fetch(`${url}/health`)).json()) as { models: unknown[] };
      expect(health.models).toMatchObject([{ remote: { model: "tiny" }, queue: { slots: 2 } }]);
      await expect(startServe(["--model", `ours=${remote.url}#tiny`])).rejects.toMatchObject({
        code: "REMOTE_REFUSED",
      });
    } finally {
      await end();
      await remote.end();
    }
  });

  it("says everything that is wrong in one message, wherever it was said", async () => {
    const none = join(directory, "none");
    const config = join(directory, "wrong.json");
    await writeFile(config, '{ "port": 1, "serve": { "maxJobs": -1, "maxjobs": 1 } }');
    const { context, written } = createTestContext();
    const args = `serve --model nope --model a=${directory} --model b=${none} --port x --prot 1 --api-keys ${none} --allow-root ${none} --alias foo --alias x=ghost --host 0.0.0.0 --config ${config}`;
    expect(await runMain(args.split(" "), context)).toBe(2);
    expect(written.stdout).toBe("");
    for (const problem of [
      "--prot: expected an option of weir serve, got one that there is not. Did you mean --port?",
      `${config}: expected the sections serve, measure, run, sweep, capacity, compare, calibrate, check, got "port"`,
      '--port: expected a whole number from 0 to 65535, got "x"',
      `serve.maxJobs in ${config}: expected a whole number`,
      `serve.maxjobs in ${config}: expected the name of an option`,
      '--alias: expected NAME=MODEL, got "foo"',
      "nope: expected a model folder, got nothing there",
      `${join(directory, "onnx", "model.onnx")}: is missing`,
      `${none}: expected a model folder, got nothing there`,
      '--alias: expected NAME=MODEL with a model that is served (nope, a, b), got "x=ghost"',
      `${none}: expected a keys file, but it cannot be read (ENOENT)`,
      "--allow-root: expected a folder that exists",
    ])
      expect(written.stderr).toContain(problem);
    expect(written.stderr.trim().split("\n")).toHaveLength(13);
  });

  it("says what else is wrong where the configuration cannot be read", async () => {
    const { context, written } = createTestContext({ env: { WEIR_CONFIG: join(directory, "none.ts") } });
    expect(await runMain(["serve", "--host", "0.0.0.0"], context)).toBe(2);
    expect(written.stderr).toMatch(
      /^error: .*none\.ts: cannot be read \(ENOENT.*\nother machines .*\nweir serve --help/,
    );
  });

  it("does not listen where others reach it without keys", async () => {
    await expect(startServe(["--model", "reference-embed-tiny", "--host", "0.0.0.0"])).rejects.toThrow(
      "--insecure-no-auth",
    );
  });

  it("does not find answers by what is meant where no model says that", async () => {
    const { context, written } = createTestContext();
    const model = join(directory, "none.gguf");
    expect(await runMain(["serve", "--model", model, "--answer-cache", "semantic"], context)).toBe(2);
    expect(written.stderr).toContain(
      "--answer-cache semantic: expected an embedding model among those served",
    );
  });

  it("finds again after a restart what it computed before, in the folder it was told", async () => {
    const folder = join(directory, "kept");
    const args = [
      "--model",
      "reference-embed-tiny",
      "--threads",
      "1",
      "--cache-dir",
      folder,
      "--answer-cache",
      "exact",
    ];
    const ask = async (url: string): Promise<string | null> =>
      (await fetch(`${url}/embed`, { method: "POST", body: '{"texts":["a weir"]}' })).headers.get("x-cache");
    const first = await startServe(args, { WEIR_LOG_FORMAT: "pretty" });
    expect(first.said.stderr).toContain(
      `embeddings are cached in 64 MB of memory and in a file of up to 4 GB in ${folder}`,
    );
    expect(first.said.stderr).toContain(
      "chat answers at temperature 0 are cached in 64 MB of memory for 24 h",
    );
    expect(await ask(first.url)).toBe("miss");
    expect(await ask(first.url)).toBe("hit");
    await first.end();
    const second = await startServe(args);
    expect(await ask(second.url)).toBe("hit");
    await second.end();
  });

  it("shows what is kept of conversations, and an answer to ask for that ends", async () => {
    const folder = join(directory, "conversations");
    const args = ["--model", "reference-chat-15m", "--threads", "1", "--context", "512", "--kv-dir", folder];
    const { url, said, end } = await startServe(args, { WEIR_LOG_FORMAT: "pretty" });
    try {
      expect(said.stderr).toContain(
        `conversations are remembered, over restarts too: up to 4 GB in ${folder}\n`,
      );
      expect(said.stderr).not.toContain("embeddings");
      const [, path = "", body = ""] = /curl http:\/\/[^/]+(\S+) .*-d '(.*)'/.exec(said.stderr) ?? [];
      const answer = await fetch(url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      expect(await answer.json()).toMatchObject({ usage: { completion_tokens: 64 } });
    } finally {
      await end();
    }
  });
});
