import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createQuantizingEcho, usePrecisionFolders } from "../fixtures/quantizing-echo.ts";
import { choosePrecision, type PrecisionEvent } from "./choose-precision.ts";

const folders = usePrecisionFolders();
const { signal } = new AbortController();

const events: PrecisionEvent[] = [];
const choose = (options: Parameters<typeof choosePrecision>[0], on: AbortSignal = signal) => {
  events.length = 0;
  return choosePrecision(options, (event) => events.push(event), on);
};
const countMakings = async (): Promise<number> =>
  (await readFile(folders().makings, "utf8").catch(() => "")).split("\n").filter(Boolean).length;

const slow = { delayMs: 12 };
const faster = createQuantizingEcho({ int8: { delayMs: 2 } });

describe("a precision that is named", () => {
  it("is made in a process of its own, kept, and used at the next start", async () => {
    const { replica, cacheDirectory } = folders();
    const asked = { ...replica(faster, slow), precision: "int8" } as const;
    const first = await choose(asked);
    expect(events.map(({ kind }) => kind)).toEqual(["quantizing", "quantized"]);
    expect(first.choice).toMatchObject({ asked: "int8", runs: "int8", chosenBy: "given", measured: [] });
    expect(first.choice.sourcePath).toBe(folders().model);
    expect(first.spec).toMatchObject({ threads: 1, options: { delayMs: 2 } });
    expect(first.spec.path.startsWith(join(cacheDirectory, "quantized", "river-int8-"))).toBe(true);
    expect(await readFile(join(first.spec.path, "onnx/weights"), "utf8")).toBe("weightsint8");

    expect(await choose(asked)).toEqual(first);
    expect(events).toEqual([]);
    expect(await countMakings()).toBe(1);
    expect((await readdir(join(cacheDirectory, "quantized"))).filter((name) => name.startsWith("."))).toEqual(
      [],
    );
  });

  it("is made again where the model is another one or what was made is damaged", async () => {
    const { replica, model } = folders();
    const asked = { ...replica(faster), precision: "int8" } as const;
    const first = await choose(asked);
    await truncate(join(first.spec.path, "onnx/weights"), 3);
    const again = await choose(asked);
    expect(events.at(-1)).toMatchObject({
      kind: "quantized",
      damage: "its files are not as they were written",
    });
    expect(again).toEqual(first);
    expect(await readFile(join(again.spec.path, "onnx/weights"), "utf8")).toBe("weightsint8");

    await rm(join(first.spec.path, "../made.json"));
    expect(await choose(asked)).toEqual(first);
    expect(await countMakings()).toBe(3);

    await writeFile(join(model, "weights"), "others");
    const other = await choose(asked);
    expect(other.spec.path).not.toBe(first.spec.path);
    expect(await readFile(join(other.spec.path, "onnx/weights"), "utf8")).toBe("othersint8");
  });

  it("is left where the model has none, and the choice says why", async () => {
    const { replica, model } = folders();
    const engine = createQuantizingEcho({ int8: "weights: are in float16" });
    const { spec, choice } = await choose({ ...replica(engine), precision: "int8" });
    expect(spec.path).toBe(model);
    expect(choice).toMatchObject({
      runs: "as-is",
      reason: "int8 cannot be made of this model: weights: are in float16",
    });
    const plain = import.meta.resolve("@weir/engine/echo");
    expect((await choose({ ...replica(plain), precision: "int8" })).choice.reason).toMatch(
      /its engine cannot make other weights/,
    );
  });

  it("fails the start where it cannot be made for now: other vectors would be served", async () => {
    const { replica, cacheDirectory } = folders();
    const engine = createQuantizingEcho({ int8: "crash" });
    await expect(choose({ ...replica(engine), precision: "int8" })).rejects.toMatchObject({
      code: "REPLICA_START_FAILED",
      message: expect.stringMatching(/process that makes int8 weights ended \(signal SIGKILL\)/) as unknown,
    });
    await rm(cacheDirectory, { recursive: true });
    await writeFile(cacheDirectory, "no folder");
    await expect(choose({ ...replica(faster), precision: "int8" })).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/cannot be written.*WEIR_CACHE_DIR/) as unknown,
    });
    const { cacheDirectory: _none, ...without } = replica(faster);
    await expect(choose({ ...without, precision: "auto" })).rejects.toMatchObject({ code: "USAGE" });
  });

  it("leaves nothing running and nothing half made where the start is given up", async () => {
    const { replica, cacheDirectory } = folders();
    const stop = new AbortController();
    const chosen = choosePrecision(
      { ...replica(faster), precision: "int8" },
      () => stop.abort(new Error("enough")),
      stop.signal,
    );
    await expect(chosen).rejects.toThrow("enough");
    const left = (await readdir(join(cacheDirectory, "quantized"))).filter((name) =>
      name.startsWith("river"),
    );
    expect(left).toEqual([]);
  });
});

describe("auto", () => {
  it(
    "takes what is faster with the same neighbours, remembers it, and decides anew when more is asked",
    { timeout: 120_000 },
    async () => {
      const { replica, cacheDirectory } = folders();
      const asked = { ...replica(faster, slow), precision: "auto" } as const;
      const { spec, choice } = await choose(asked);
      expect(choice).toMatchObject({ asked: "auto", runs: "int8", chosenBy: "measured" });
      expect(choice.measured.map(({ precision }) => precision)).toEqual(["fp32", "int8"]);
      expect(choice.measured[1]).toMatchObject({ vectors: { agreement: 1, texts: 288 } });
      expect(choice.measured[1]!.speedRatio).toBeGreaterThan(1.1);
      expect(spec.options).toEqual({ delayMs: 2 });
      expect(events.map(({ kind }) => kind)).toContain("measuring-precision");

      const again = await choose(asked);
      expect(events).toEqual([]);
      expect(again).toEqual({ spec, choice: { ...choice, chosenBy: "remembered" } });

      const file = (await readdir(join(cacheDirectory, "precisions"))).find((name) => name.endsWith(".json"));
      const path = join(cacheDirectory, "precisions", file!);
      const kept = JSON.parse(await readFile(path, "utf8")) as { tried: { vectors?: object }[] };
      Object.assign(kept.tried[1]!.vectors!, { clearAgreement: 0.97, clearTexts: 200 });
      kept.tried.push({ precision: "int8-accurate", failure: "int8-accurate is not made" } as never);
      await writeFile(path, JSON.stringify(kept));
      expect((await choose(asked)).choice.runs).toBe("int8");
      expect((await choose({ ...asked, minAgreement: 0.98 })).choice).toMatchObject({
        runs: "as-is",
        chosenBy: "remembered",
        reason: expect.stringMatching(/^int8 has only 97 %.*; int8-accurate is not made$/) as unknown,
      });
      expect(events).toEqual([{ kind: "precision-changed", from: "int8", to: "as-is" }]);

      await truncate(path, 20);
      expect((await choose(asked)).choice).toMatchObject({ runs: "int8", chosenBy: "measured" });
      expect(events[0]).toMatchObject({ kind: "precision-forgotten", file: path });
      expect(events.at(-1)).toEqual({ kind: "precision-changed", from: "as-is", to: "int8" });
    },
  );

  it("stays with what cannot be made smaller, and asks once", async () => {
    const { replica, model } = folders();
    const engine = createQuantizingEcho({ int8: "weights: are quantised already" });
    const asked = { ...replica(engine), precision: "auto" } as const;
    const { spec, choice } = await choose(asked);
    expect(spec.path).toBe(model);
    expect(choice).toMatchObject({
      runs: "as-is",
      reason: "int8 cannot be used: weights: are quantised already",
    });
    expect((await choose(asked)).choice.chosenBy).toBe("remembered");
    expect(await countMakings()).toBe(1);
  });

  it("remembers nothing of a model that does not start", async () => {
    const { replica, cacheDirectory } = folders();
    const asked = { ...replica(faster, { dimensions: 0 }), precision: "auto" } as const;
    await expect(choose(asked)).rejects.toMatchObject({
      message: expect.stringMatching(/dimensions/) as unknown,
    });
    expect(await readdir(join(cacheDirectory, "precisions")).catch(() => [])).toEqual([]);
  });

  it("stays with the model as it is where the smaller one does not start", async () => {
    const { replica } = folders();
    const broken = createQuantizingEcho({ int8: { dimensions: 0 } });
    const { choice } = await choose({ ...replica(broken), precision: "auto" });
    expect(choice).toMatchObject({
      runs: "as-is",
      reason: expect.stringMatching(/^int8 cannot be used: .*dimensions/) as unknown,
    });
  });

  it("does not make weights for the CPU where another device was named", async () => {
    const { replica, model } = folders();
    const asked = replica(faster);
    const { choice } = await choose({
      ...asked,
      spec: { path: model, device: "cuda" },
      precision: "auto",
    });
    expect(choice.reason).toMatch(/runs on cuda/);
    expect(await countMakings()).toBe(0);
  });
});
