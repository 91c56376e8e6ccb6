import { mkdir, mkdtemp, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RevisedModel } from "./model-revision.ts";
import { watchRevision, type WatchedModel } from "./revision-watch.ts";

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "weir-revision-"));
  await mkdir(join(path, "onnx"));
  await writeFile(join(path, "onnx", "model.onnx"), "weights");
  await writeFile(join(path, "tokenizer.json"), "{}");
});
afterEach(() => rm(path, { recursive: true, force: true }));

function createModel(
  more: Partial<RevisedModel["info"]> = {},
  spec: Partial<RevisedModel["spec"]> = {},
): WatchedModel {
  return {
    loads: 1,
    state: { kind: "ready" },
    engineModule: import.meta.resolve("@weir/engine/echo"),
    spec: { path, ...spec },
    info: {
      dimensions: 8,
      maxTokens: 64,
      vocabularySize: 10,
      pooling: "mean" as const,
      device: "cpu",
      precision: "float32",
      reference: false,
      weightBytes: 7,
      ...more,
    },
  };
}

async function hashOf(model = createModel(), version = "1"): Promise<string | undefined> {
  return (
    await watchRevision(
      () => model,
      version,
      () => {},
    ).current()
  )?.hash;
}

describe("a model's revision", () => {
  it("is the same wherever its folder is, and for any number of threads", async () => {
    const before = await hashOf();
    const elsewhere = `${path}-moved`;
    await rename(path, elsewhere);
    path = elsewhere;
    await writeFile(join(path, ".download-state"), "hidden");
    expect(await hashOf(createModel({ deviceFallback: "no driver" }, { threads: 3, device: "auto" }))).toBe(
      before,
    );
  });

  it("is another one where a file, the device, the precision, an option or the version is", async () => {
    const hashes = [
      await hashOf(),
      await hashOf(createModel({ device: "cuda" })),
      await hashOf(createModel({ precision: "int8" })),
      await hashOf(createModel({}, { options: { blockMs: 1 } })),
      await hashOf(createModel(), "2"),
    ];
    await writeFile(join(path, "onnx", "model.onnx"), "weighty");
    hashes.push(await hashOf());
    await writeFile(join(path, "1_Pooling.json"), "{}");
    hashes.push(await hashOf());
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("tells files apart by their names, sizes and times alone where vectors end with the process", async () => {
    const watchTimes = () => watchRevision(createModel, "1", () => {}, { byContent: false });
    const first = await watchTimes().current();
    expect(await watchTimes().current()).toEqual(first);
    const weights = join(path, "onnx", "model.onnx");
    await writeFile(weights, "weighty");
    const second = await watchTimes().current();
    expect(second!.hash).not.toBe(first!.hash);
    const was = (await stat(weights)).mtime;
    await utimes(weights, was, new Date(was.getTime() + 1_000));
    expect((await watchTimes().current())!.hash).not.toBe(second!.hash);
  });

  it("is looked at again when a process has loaded the files", async () => {
    let model = createModel();
    const watch = watchRevision(
      () => model,
      "1",
      () => {},
    );
    const first = (await watch.current())!;
    model = { ...model, loads: 2, info: { ...model.info } };
    expect(await watch.isCurrent(first)).toBe(true);
    expect(await watch.current()).toBe(first);
    await writeFile(join(path, "onnx", "model.onnx"), "others!");
    expect(await watch.isCurrent(first)).toBe(true);
    model = { ...model, loads: 3 };
    const third = (await watch.current())!;
    expect(third.hash).not.toBe(first.hash);
    expect([await watch.isCurrent(first), await watch.isCurrent(third)]).toEqual([false, true]);
  });

  it("is another one where the same files are found to be something else once they are loaded again", async () => {
    let model = createModel({ device: "cuda" });
    const watch = watchRevision(
      () => model,
      "1",
      () => {},
    );
    const first = (await watch.current())!;
    model = { ...model, loads: 2, info: { ...model.info, device: "cpu" } };
    expect(await watch.isCurrent(first)).toBe(false);
    expect((await watch.current())!.info.device).toBe("cpu");
  });

  it("is looked at each time while no process has the files loaded", async () => {
    const model = { ...createModel(), state: { kind: "asleep" } };
    const watch = watchRevision(
      () => model,
      "1",
      () => {},
    );
    const first = (await watch.current())!;
    expect(await watch.isCurrent(first)).toBe(true);
    await writeFile(join(path, "tokenizer.json"), '{"other":1}');
    expect(await watch.isCurrent(first)).toBe(false);
  });

  it("is none while another server computes the model, and the same again only for the same replicas", async () => {
    let model: WatchedModel | undefined = createModel();
    const watch = watchRevision(
      () => model,
      "1",
      () => {},
    );
    const first = (await watch.current())!;
    model = undefined;
    expect(await watch.current()).toBeUndefined();
    expect(await watch.isCurrent(first)).toBe(false);
    model = createModel();
    expect(await watch.isCurrent(first)).toBe(false);
    expect((await watch.current())!.hash).toBe(first.hash);
  });

  it("is none where files cannot be read, and says why once", async () => {
    const problems: unknown[] = [];
    const gone = { ...createModel({}, { path: join(path, "gone") }), state: { kind: "asleep" } };
    const watch = watchRevision(
      () => gone,
      "1",
      (error) => problems.push(error),
    );
    expect(await watch.current()).toBeUndefined();
    expect(await watch.current()).toBeUndefined();
    expect(problems).toHaveLength(1);
  });
});
