import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTestHub, toCommit, type HubFault, type TestHub } from "../fixtures/test-hub.ts";
import { downloadFile } from "./download-file.ts";
import { HubClient } from "./hub-client.ts";
import { readRepository } from "./hub-repository.ts";

const weights = randomBytes(300_000);
const small = Buffer.from('{"a":1}\r\n');
const files = { "model.onnx": weights, "config.json": small, "empty.txt": "" };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterEach(() => rm(directory, { recursive: true }));

interface Told {
  readonly have: number[];
  readonly retries: string[];
  received: number;
}

async function download(
  hub: TestHub,
  path: string,
  { signal = new AbortController().signal, cutEveryBytes = Infinity, stallMs = 60_000 } = {},
): Promise<Told> {
  const terms = { connections: 1, stallMs, attempts: 3, backOffMs: 1 };
  const client = new HubClient({ endpoint: new URL(hub.url), token: undefined, version: "0", terms, signal });
  const { files: listed, commit } = await readRepository(client, "org/model", "main");
  const told: Told = { have: [], retries: [], received: 0 };
  await downloadFile({
    client,
    request: {
      address: `org/model/resolve/${commit}/${path}`,
      subject: { repository: "org/model", revision: "main", path },
    },
    file: listed.find((file) => file.path === path)!,
    target: join(directory, path),
    onBytes(have, received) {
      told.have.push(have);
      told.received += received;
      if (received > 0 && have % cutEveryBytes === 0) hub.cut();
    },
    onRetry: (reason) => void told.retries.push(reason),
  });
  return told;
}

// Comparing them with toEqual takes seconds.
const isWhole = async (): Promise<boolean> => (await readFile(join(directory, "model.onnx"))).equals(weights);

const startHub = async (faults: Record<string, HubFault[]> = {}): Promise<TestHub> => {
  const hub = await startTestHub({ "org/model": { files } });
  for (const [path, list] of Object.entries(faults)) hub.faults.set(path, list);
  return hub;
};

const ofCdn = (hub: TestHub) => hub.requests.filter(({ server }) => server === "cdn");

describe("a file", () => {
  it.each(["model.onnx", "config.json", "empty.txt"] as const)("comes whole: %s", async (path) => {
    await using hub = await startHub();
    const told = await download(hub, path);
    expect((await readFile(join(directory, path))).equals(Buffer.from(files[path]))).toBe(true);
    expect(told).toMatchObject({ received: files[path].length, retries: [] });
    expect(await readdir(directory)).toEqual([path]);
    // What is whole is not asked for again.
    const before = hub.requests.length;
    await download(hub, "model.onnx");
    expect(hub.requests.length - before).toBe(path === "model.onnx" ? 2 : 4);
  });

  it("goes on where the connection was cut", async () => {
    await using hub = await startHub({ "model.onnx": [{ kind: "cut", afterBytes: 100_000 }] });
    const told = await download(hub, "model.onnx", { cutEveryBytes: 100_000 });
    expect(await isWhole()).toBe(true);
    expect(told.retries).toEqual([expect.stringMatching(/^model\.onnx: .* broke off .*Trying again/)]);
    const [first, second] = ofCdn(hub);
    expect(first).toMatchObject({ range: undefined, ifRange: undefined });
    expect(second).toMatchObject({
      range: "bytes=100000-",
      ifRange: expect.stringMatching(/^"[0-9a-f]{32}"$/) as unknown,
    });
    expect(told.received).toBe(weights.length);
  });

  it("goes on where the connection fell silent", async () => {
    await using hub = await startHub({ "model.onnx": [{ kind: "stall", afterBytes: 100_000 }] });
    const told = await download(hub, "model.onnx", { stallMs: 500 });
    expect(await isWhole()).toBe(true);
    expect(told.retries[0]).toMatch(/fell silent before the end\. Trying again/);
  });

  it("goes on after any number of cuts while it grows, and gives up where it does not", async () => {
    const cuts = Array.from({ length: 6 }, (): HubFault => ({ kind: "cut", afterBytes: 40_000 }));
    await using hub = await startHub({ "model.onnx": cuts });
    await download(hub, "model.onnx", { cutEveryBytes: 40_000 });
    expect(await isWhole()).toBe(true);
    await rm(join(directory, "model.onnx"));
    hub.faults.set("model.onnx", [
      { kind: "cut", afterBytes: 150_000 },
      ...Array.from({ length: 3 }, (): HubFault => ({ kind: "status", status: 503 })),
    ]);
    await expect(download(hub, "model.onnx", { cutEveryBytes: 150_000 })).rejects.toMatchObject({
      code: "HUB_UNREACHABLE",
      message: expect.stringContaining("status 503") as unknown,
    });
    // What came is there for the next time.
    const told = await download(hub, "model.onnx");
    expect(told.have[0]).toBe(150_000);
    expect(told.received).toBe(150_000);
    expect(await isWhole()).toBe(true);
  });

  it("goes on after Ctrl-C", async () => {
    await using hub = await startHub({ "model.onnx": [{ kind: "stall", afterBytes: 100_000 }] });
    const stop = new AbortController();
    hub.onStall = () => stop.abort(new Error("stopped by SIGINT"));
    await expect(download(hub, "model.onnx", { signal: stop.signal })).rejects.toThrow("stopped by SIGINT");
    const told = await download(hub, "model.onnx");
    expect(await isWhole()).toBe(true);
    expect(told.received + told.have[0]!).toBe(weights.length);
  });

  it("asks for a new link where the one it was sent on to has expired", async () => {
    await using hub = await startHub({ "model.onnx": [{ kind: "status", status: 403 }] });
    await download(hub, "model.onnx");
    expect(await isWhole()).toBe(true);
  });

  it("begins again where what is there is of another content, too long, or damaged on its way", async () => {
    await using hub = await startHub();
    await writeFile(join(directory, "model.onnx.partial"), weights.subarray(0, 1000));
    await writeFile(join(directory, "model.onnx.partial-etag"), '"of another time"');
    expect((await download(hub, "model.onnx")).received).toBe(weights.length);
    await writeFile(join(directory, "model.onnx"), randomBytes(weights.length));
    await writeFile(join(directory, "model.onnx.partial"), randomBytes(weights.length + 1));
    await download(hub, "model.onnx");
    await rm(join(directory, "model.onnx"));
    await writeFile(join(directory, "model.onnx.partial"), randomBytes(1000));
    const told = await download(hub, "model.onnx");
    expect(told.retries).toEqual([
      expect.stringMatching(/expected 300000 bytes with the sha256 .*another hash/),
    ]);
    expect(await isWhole()).toBe(true);
    expect(await readdir(directory)).toEqual(["model.onnx"]);
  });

  it("is thrown away where it is not what the hub lists", async () => {
    await using hub = await startHub();
    for (const [path, content] of Object.entries({ "model.onnx": weights, "config.json": small })) {
      const other = Buffer.from(content);
      other[3]! ^= 1;
      // The listing is of another content, and everything else as ever.
      const commit = toCommit({ files });
      hub.models.set("org/model", { files, commit, listedAs: { [path]: other } });
      await expect(download(hub, path)).rejects.toMatchObject({ code: "DOWNLOAD_DAMAGED" });
      expect(await readdir(directory)).toEqual([]);
    }
    hub.models.set("org/model", { files, listedAs: { "model.onnx": weights.subarray(0, 200_000) } });
    await expect(download(hub, "model.onnx")).rejects.toThrow(/more bytes than it lists/);
    expect(await readdir(directory)).toEqual([]);
  });

  it("waits as long as a hub that limits its rate says", async () => {
    const limited = { kind: "status", status: 429, headers: { "retry-after-ms": "20" } } as const;
    await using hub = await startHub({ "model.onnx": [limited] });
    const told = await download(hub, "model.onnx");
    expect(told.retries).toEqual([expect.stringContaining("status 429")]);
    expect(await isWhole()).toBe(true);
  });
});
