import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { runModels, useTinyRepository, type PullOutcome } from "../fixtures/hub-models.ts";
import { startTestHub, toCommit, type HubModel, type TestHub } from "../fixtures/test-hub.ts";

const tiny = useTinyRepository();
let caches = 0;
let cache: string;
beforeEach(() => {
  cache = join(tiny.directory(), `cache-${caches++}`);
});

const hubWith = (model: Partial<HubModel> = {}): Promise<TestHub> =>
  startTestHub({ "org/tiny": { files: tiny.files(), ...model } });

async function pull(
  hub: Pick<TestHub, "url">,
  args: readonly string[] = ["org/tiny"],
  env: Record<string, string> = {},
): Promise<PullOutcome> {
  return runModels(["pull", ...args], { WEIR_CACHE_DIR: cache, HF_ENDPOINT: hub.url, ...env });
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .toSorted();
}

const needed = [
  "1_Pooling/config.json",
  "config.json",
  "modules.json",
  "onnx/model.onnx",
  "sentence_bert_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
];

describe("weir models pull", () => {
  it("brings what serving needs and nothing else, and says where it is", async () => {
    await using hub = await hubWith();
    const { exitCode, stdout, stderr } = await pull(hub);
    expect(stderr).toMatch(
      /^pulling org\/tiny at main \([0-9a-f]{12}\): onnx\/model\.onnx \(fp32\) and \d+ other files, /,
    );
    expect(stderr).toMatch(
      /pulled .* in .*; every hash is right\nserve it with: weir serve --model org\/tiny\n$/,
    );
    expect(exitCode).toBe(0);
    const folder = stdout.trim();
    expect(folder).toBe(join(cache, "models", `org--tiny@${toCommit({ files: tiny.files() }).slice(0, 12)}`));
    const files = await listFiles(folder);
    expect(files).toEqual(expect.arrayContaining(needed));
    expect(files.filter((file) => /bin|safetensors|h5|O3|arm64|README|partial/.test(file))).toEqual([]);
    const weights = await readFile(join(folder, "onnx/model.onnx"));
    expect(weights.equals(tiny.files()["onnx/model.onnx"] as Buffer)).toBe(true);
    expect(await readdir(join(cache, "models"))).toHaveLength(1);
  });

  it("shows the token to the hub and to nobody it sends on to", async () => {
    await using hub = await hubWith({ token: "hf_secret" });
    const { exitCode, stderr } = await pull(hub, ["org/tiny"], { HF_TOKEN: "hf_secret\n" });
    expect({ exitCode, stderr: stderr.includes("hf_secret") }).toEqual({ exitCode: 0, stderr: false });
    const shownTo = (server: string) =>
      new Set(hub.requests.filter((one) => one.server === server).map((one) => one.authorization));
    expect(shownTo("hub")).toEqual(new Set(["Bearer hf_secret"]));
    expect(shownTo("cdn")).toEqual(new Set([undefined]));
  });

  it.each([
    ["none", {}, /gated \(Access is restricted\.\): ask for access at http\S+\/org\/tiny, then set HF_TOKEN/],
    ["one without the right", { HF_TOKEN: "hf_other" }, /account of HF_TOKEN has no access/],
  ])("says what a gated model needs where the token is %s", async (_, env, message) => {
    await using hub = await hubWith({ token: "hf_secret" });
    const { exitCode, stderr } = await pull(hub, ["org/tiny"], env);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  it("names what is wrong with the name and the revision", async () => {
    await using hub = await hubWith();
    const wrongName = await pull(hub, ["org/other"]);
    expect(wrongName.stderr).toMatch(/has no model org\/other for you .*the name is wrong, .*set HF_TOKEN/);
    const wrongRevision = await pull(hub, ["org/tiny@v9"]);
    expect(wrongRevision.stderr).toMatch(/org\/tiny: expected a branch, a tag or a commit of it, got v9/);
    const wrongText = await pull(hub, [
      "../tiny",
      "--revision",
      "a b",
      "--precision",
      "int3",
      "--retries",
      "x",
    ]);
    expect(wrongText.stderr).toMatch(/ORG\/NAME.*"\.\.\/tiny".*--precision: .*--retries/s);
    expect([wrongName, wrongRevision, wrongText].map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
    expect((await pull(hub, ["reference-embed-tiny"])).stderr).toContain(
      "weir models build reference-embed-tiny",
    );
  });

  it("takes revisions with the name, as a flag and from a page's address, and follows a renamed model", async () => {
    await using hub = await hubWith();
    hub.renamed.set("old/name", "org/tiny");
    hub.pageSize = 3;
    const first = await pull(hub, ["old/name@v1/beta", "--json"]);
    expect(JSON.parse(first.stdout)).toMatchObject({
      already: false,
      repository: "org/tiny",
      names: ["org/tiny", "old/name"],
      revisions: ["v1/beta"],
      weights: "onnx/model.onnx",
    });
    const second = await pull(hub, ["https://huggingface.co/org/tiny", "--revision", "main", "--json"]);
    const report = JSON.parse(second.stdout) as { path: string; files: { path: string; digest: string }[] };
    expect(report).toMatchObject({ already: true, receivedBytes: 0, revisions: ["v1/beta", "main"] });
    expect(report.files.find(({ path }) => path === "onnx/model.onnx")?.digest).toMatch(/^sha256:/);
    expect(report.files.find(({ path }) => path === "config.json")?.digest).toMatch(/^git-sha1:/);
  });

  it("keeps what it pulled of a branch beside what the branch became", async () => {
    await using hub = await hubWith();
    const before = (await pull(hub)).stdout.trim();
    hub.models.set("org/tiny", { files: { ...tiny.files(), LICENSE: "changed" } });
    const after = (await pull(hub)).stdout.trim();
    expect(after).not.toBe(before);
    await stat(before);
    const { stdout } = await runModels(["list"], { WEIR_CACHE_DIR: cache });
    expect(stdout).toMatch(/\npulled\norg\/tiny@main .*fp32, .* MB.*\norg\/tiny@[0-9a-f]{12} /);
  });

  it("says what else to do without a network", async () => {
    const hub = await hubWith();
    const { url } = hub;
    const present = (await pull(hub)).stdout.trim();
    await hub[Symbol.asyncDispose]();
    const { exitCode, stderr } = await pull({ url });
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/cannot be pulled: expected an answer of http\S+, got ECONNREFUSED/);
    expect(stderr).toContain(`weir serve --model org/tiny uses ${present}`);
    expect(stderr).toMatch(/\/org\/tiny\/tree\/main\n.*onnx\/model\.onnx_data.*weir serve --model FOLDER/s);
    const offline = await pull({ url }, ["org/tiny@v2"], { HF_HUB_OFFLINE: "1", HTTPS_PROXY: "http://p" });
    expect(offline.stderr).toMatch(/HF_HUB_OFFLINE.*NODE_USE_ENV_PROXY=1/s);
  });

  it("tells what is no hub from one", async () => {
    const page = createServer(
      (_, response) => void response.end("<html>Please log in to this network</html>"),
    );
    page.listen(0, "127.0.0.1");
    await once(page, "listening");
    try {
      const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
      const { exitCode, stderr } = await pull({ url });
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/expected JSON as a hub .* gives it, got something else\. Check HF_ENDPOINT/);
    } finally {
      page.close();
    }
  });

  it("says how to export where there is no ONNX, and what to choose where there is much", async () => {
    const { "onnx/model.onnx": weights, ...rest } = tiny.files();
    const { "onnx/model_O3.onnx": _, "onnx/model_qint8_arm64.onnx": __, ...none } = rest;
    await using hub = await startTestHub({
      "org/none": { files: none },
      "org/many": {
        files: { ...rest, "onnx/model_quantized.onnx": weights!, "onnx/model_fp16.onnx": weights! },
      },
    });
    expect((await pull(hub, ["org/none"])).stderr).toMatch(
      /no ONNX files.*optimum-cli export onnx --model org\/none/s,
    );
    const open = await pull(hub, ["org/many"]);
    expect(open).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/model_fp16\.onnx \(fp16, .*--precision/s),
    });
    const chosen = await pull(hub, ["org/many", "--precision", "int8", "--json"]);
    expect(JSON.parse(chosen.stdout)).toMatchObject({
      variant: "int8",
      weights: "onnx/model_quantized.onnx",
    });
    const { path } = JSON.parse(chosen.stdout) as { path: string };
    // Under the name that the engine looks for.
    expect(await listFiles(path)).toEqual(expect.arrayContaining(needed));
    const file = await pull(hub, ["org/many", "--file", "model_O3.onnx"]);
    expect(file.stdout).toMatch(/\+model_O3\n$/);
  });
});
