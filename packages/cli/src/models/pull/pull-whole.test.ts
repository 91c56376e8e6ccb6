import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { createTestContext } from "../../fixtures/test-context.ts";
import { createServeCommand } from "../../serve/serve-command.ts";
import { runModels, useTinyRepository } from "../fixtures/hub-models.ts";
import { startTestHub, toCommit, type TestHub } from "../fixtures/test-hub.ts";

const tiny = useTinyRepository();
let caches = 0;
let cache: string;
beforeEach(() => {
  cache = join(tiny.directory(), `cache-${caches++}`);
});

const pull = (hub: TestHub, args: readonly string[] = ["org/tiny"], signal?: AbortSignal) =>
  runModels(["pull", ...args], { WEIR_CACHE_DIR: cache, HF_ENDPOINT: hub.url }, signal);

const hubWith = (files: Record<string, Buffer | string>): Promise<TestHub> =>
  startTestHub({ "org/tiny": { files: { ...tiny.files(), ...files } } });

/** A length-delimited protobuf field of less than 128 bytes. */
const field = (number: number, ...parts: (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([number * 8 + 2, body.length]), body]);
};

/** A graph whose only weights are in another file. */
const graphWith = (location: string): Buffer =>
  field(7, field(5, Buffer.from([8, 4, 16, 1, 112, 1]), field(13, field(1, "location"), field(2, location))));

describe("a pulled model", () => {
  it("is what weir serve finds under its name", async () => {
    await using hub = await hubWith({});
    const folder = (await pull(hub)).stdout.trim();
    const stop = new AbortController();
    const { context, written } = createTestContext({
      env: { WEIR_CACHE_DIR: cache },
      signal: stop.signal,
      onWrite: ({ stderr }) => void (/^ready after|"msg":"ready"/m.test(stderr) && stop.abort()),
    });
    const args = ["--model", "Org/tiny", "--port", "0", "--threads", "1"];
    await createServeCommand(context).parseAsync(args, { from: "user" });
    expect(written.stderr).toMatch(/"msg":"ready"/);
    expect(written.stderr).toContain('"name":"tiny"');
    const { stdout } = await runModels(["list", "--json"], { WEIR_CACHE_DIR: cache });
    expect(JSON.parse(stdout)).toMatchObject({
      pulled: [{ name: "org/tiny@main", path: folder, variant: "fp32" }],
    });
  });

  it("is named where it has not been pulled", async () => {
    const { context } = createTestContext({ env: { WEIR_CACHE_DIR: cache } });
    const serving = createServeCommand(context).parseAsync(["--model", "org/tiny@v2"], { from: "user" });
    await expect(serving).rejects.toThrow("brought here by: weir models pull org/tiny@v2");
  });

  it("has the weights beside its graph, whatever they are called", async () => {
    const data = Buffer.alloc(5_000, 3);
    await using hub = await hubWith({
      "onnx/model.onnx": graphWith("model.onnx_data"),
      "onnx/model.onnx_data": data,
      "onnx/model_int8.onnx": graphWith("parts/weights.bin"),
      "onnx/parts/weights.bin": data,
      "onnx/model_fp16.onnx": graphWith("gone.bin"),
      "onnx/model_q4.onnx": graphWith("../../../etc/passwd"),
    });
    const usual = (await pull(hub)).stdout.trim();
    expect((await stat(join(usual, "onnx/model.onnx_data"))).size).toBe(5_000);
    const odd = (await pull(hub, ["org/tiny", "--precision", "int8"])).stdout.trim();
    expect((await stat(join(odd, "onnx/parts/weights.bin"))).size).toBe(5_000);
    for (const [precision, location] of [
      ["fp16", "gone.bin"],
      ["q4", "../../../etc/passwd"],
    ] as const) {
      const { exitCode, stderr } = await pull(hub, ["org/tiny", "--precision", precision]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(
        `expected the file "${location}" that onnx/model_${precision}.onnx keeps weights in`,
      );
    }
  });

  it("has the folders of its modules, and of weights in other formats only a layer's own", async () => {
    const modules = JSON.parse(tiny.files()["modules.json"]!.toString()) as object[];
    const dense = { idx: 2, name: "2", path: "2_Dense", type: "sentence_transformers.models.Dense" };
    const norm = { idx: 3, name: "3", path: "3_LayerNorm", type: "sentence_transformers.models.LayerNorm" };
    await using hub = await hubWith({
      "modules.json": JSON.stringify([...modules, dense, norm]),
      "3_LayerNorm/config.json": "{}",
      "3_LayerNorm/model.safetensors": "norm",
      "2_Dense/config.json": "{}",
      "2_Dense/model.safetensors": "dense",
      "2_Dense/pytorch_model.bin": "pickled",
      "3_Other/config.json": "{}",
    });
    const folder = (await pull(hub)).stdout.trim();
    expect(await readdir(join(folder, "2_Dense"))).toEqual(["config.json", "model.safetensors"]);
    expect(await readdir(join(folder, "3_LayerNorm"))).toEqual(["config.json", "model.safetensors"]);
    expect(await readdir(folder)).not.toContain("3_Other");
    expect(await readdir(folder)).not.toContain("model.safetensors");
  });

  it("is there whole or not at all, and Ctrl-C loses nothing", async () => {
    await using hub = await hubWith({});
    hub.faults.set("onnx/model.onnx", [{ kind: "stall", afterBytes: 100_000 }]);
    const stop = new AbortController();
    hub.onStall = () => stop.abort(new Error("stopped by SIGINT"));
    const stopped = await pull(hub, ["org/tiny"], stop.signal);
    expect(stopped).toMatchObject({
      exitCode: 130,
      stderr: expect.stringMatching(/what has come is kept/) as unknown,
    });
    expect(await readdir(join(cache, "models"))).toEqual([expect.stringMatching(/^\.pulling-org--tiny@/)]);
    const refused = createServeCommand(createTestContext({ env: { WEIR_CACHE_DIR: cache } }).context);
    await expect(refused.parseAsync(["--model", "org/tiny"], { from: "user" })).rejects.toThrow(
      "nothing there",
    );
    const folder = (await pull(hub)).stdout.trim();
    const weights = await readFile(join(folder, "onnx/model.onnx"));
    expect(weights.equals(tiny.files()["onnx/model.onnx"] as Buffer)).toBe(true);
    // A file that was lost since makes it pulled again.
    await writeFile(join(folder, "tokenizer.json"), "{");
    expect((await pull(hub)).stderr).toMatch(/every hash is right/);
    expect(await readFile(join(folder, "tokenizer.json"), "utf8")).toContain("WordPiece");
  });

  it("is pulled by one process at a time, and a lock of a dead one holds nobody up", async () => {
    await using hub = await hubWith({});
    hub.faults.set("onnx/model.onnx", [{ kind: "stall", afterBytes: 1_000 }]);
    const stop = new AbortController();
    const stalled = new Promise<void>((resolve) => (hub.onStall = resolve));
    const first = pull(hub, ["org/tiny"], stop.signal);
    await stalled;
    const second = await pull(hub);
    expect(second).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`process ${process.pid}`) as unknown,
    });
    stop.abort();
    await first;
    const commit = toCommit({ files: tiny.files() }).slice(0, 12);
    const lock = join(cache, "models", `.pulling-org--tiny@${commit}`, ".weir-lock");
    // No process has this id: Linux' largest is 4,194,304, and others' are smaller.
    await writeFile(lock, `4194305 ${hostname()}`);
    expect((await pull(hub)).exitCode).toBe(0);
  });

  it("is checked as far as a mirror without hashes allows, which is told", async () => {
    await using hub = await startTestHub({ "org/tiny": { files: tiny.files(), bare: true } });
    const { stderr, stdout } = await pull(hub, ["org/tiny", "--json"]);
    expect(stderr).toContain("names no hash for some of them");
    const { files } = JSON.parse(stdout) as { files: { path: string; digest: string | null }[] };
    const digests = Object.fromEntries(files.map(({ path, digest }) => [path, digest]));
    // Of files in LFS the answer itself says it.
    expect(digests).toMatchObject({
      "onnx/model.onnx": expect.stringMatching(/^sha256:/) as unknown,
      "config.json": null,
    });
  });

  it("takes with it what was interrupted long ago, and nothing else", async () => {
    await using hub = await hubWith({});
    const models = join(cache, "models");
    const [old, recent] = [".pulling-a--b@0123456789ab", ".pulling-c--d@0123456789ab"];
    for (const name of [old, recent]) await mkdir(join(models, name), { recursive: true });
    const weekAgo = Date.now() / 1000 - 8 * 24 * 3600;
    await utimes(join(models, old), weekAgo, weekAgo);
    await pull(hub);
    const left = await readdir(models);
    expect(left).toContain(recent);
    expect(left).not.toContain(old);
  });

  it("is refused where it has no tokenizer, and where a file cannot be had, which ends the others", async () => {
    const { "tokenizer.json": _, ...without } = tiny.files();
    await using hub = await startTestHub({
      "org/without": { files: without },
      "org/tiny": { files: tiny.files() },
    });
    expect((await pull(hub, ["org/without"])).stderr).toMatch(/has no tokenizer\.json.*AutoTokenizer/);
    hub.faults.set("onnx/model.onnx", [{ kind: "stall", afterBytes: 1_000 }]);
    hub.faults.set("config.json", [
      { kind: "status", status: 404, headers: { "x-error-code": "EntryNotFound" } },
    ]);
    const { exitCode, stderr } = await pull(hub);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/lists config\.json and does not have it/);
  });

  it("cannot be larger than the disk, nor written outside its folder", async () => {
    await using hub = await hubWith({ "../config.json": "{}", "C:\\config.json": "{}" });
    const folder = (await pull(hub)).stdout.trim();
    expect(await readdir(join(folder, ".."))).toHaveLength(1);
    expect((await readdir(folder)).filter((name) => name.includes(":"))).toEqual([]);
    const files = { ...tiny.files(), LICENSE: "another commit" };
    hub.models.set("org/tiny", { files, listedBytes: { "onnx/model.onnx": 2 ** 52 } });
    const { exitCode, stderr } = await pull(hub);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/expected room for [\d,]+ MB .*WEIR_CACHE_DIR/s);
  });
});
