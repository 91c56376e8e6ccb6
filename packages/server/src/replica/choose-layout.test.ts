import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countUsableCores } from "../platform/usable-cores.ts";
import { chooseLayout } from "./choose-layout.ts";
import { createLayoutMemory } from "./layout-memory.ts";
import { isClear, measureLayouts } from "./measure-layouts.ts";
import type { ReplicaOptions } from "./replica-kind.ts";

const { signal } = new AbortController();
let directory: string;
let replica: ReplicaOptions;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
  replica = {
    engineModule: import.meta.resolve("@weir/engine/echo"),
    // A batch takes its time without taking a core: twice the replicas are twice as fast on any machine.
    spec: { path: directory, threads: 1, options: { delayMs: 10 } },
    startTimeoutMs: 20_000,
    spillDirectory: directory,
  };
});
afterEach(() => rm(directory, { recursive: true }));

describe("measureLayouts", () => {
  const layouts = [1, 2].map((replicas) => ({ replicas, threads: 1 }));

  it("takes the faster one and says what it measured", async () => {
    const { best, measured } = await measureLayouts(layouts, replica, { jobsPerReplica: 2 }, signal);
    expect(best).toEqual(layouts[1]);
    expect(measured).toMatchObject(layouts);
    for (const { jobsPerSecond } of measured) expect(jobsPerSecond).toBeGreaterThan(0);
  });

  it("stays with fewer replicas where more gain too little", async () => {
    const options = { jobsPerReplica: 2, leastGain: 100, rounds: 2, roundMs: 20 };
    const more = [...layouts, { replicas: 3, threads: 1 }];
    const { best, measured } = await measureLayouts(more, replica, options, signal);
    expect(best).toEqual(layouts[0]);
    expect(measured).toHaveLength(2);
  });
});

describe("two layouts", () => {
  it.each([
    [[100, 100], [130, 120], true],
    [[100, 100], [60, 90], true],
    [[100, 100], [130, 108], false],
    [[100, 100], [100, 104], false],
    [[100, 100, 50], [80, 80, 80], false],
    [[100, 50], [130, 65], true],
  ])("of %j and %j jobs/s are clearly one or the other: %s", (a, b, clear) => {
    expect(isClear(a, b, 1.03)).toBe(clear);
  });
});

describe("chooseLayout", () => {
  it("does not measure what was given", async () => {
    const given = await chooseLayout({ ...replica, replicas: 3 }, signal);
    expect(given).toEqual({ replicas: 3, threads: 1, chosenBy: "given", measured: [] });
  });

  it.skipIf(countUsableCores() === 1)(
    "measures once, remembers it for this model and this machine, and measures again when the model changes",
    async () => {
      const path = join(directory, "model");
      const weights = join(path, "onnx", "model.onnx");
      await mkdir(join(path, "onnx"), { recursive: true });
      await writeFile(weights, "weights");
      const spec = { ...replica.spec, path };
      const options = { ...replica, spec, replicas: "auto", cacheDirectory: directory } as const;
      const first = await chooseLayout(options, signal);
      expect(first.chosenBy).toBe("measured");
      const again = await chooseLayout(options, signal);
      expect(again).toEqual({ ...first, chosenBy: "remembered" });
      await utimes(weights, new Date(0), new Date(0));
      expect((await chooseLayout(options, signal)).chosenBy).toBe("measured");
    },
    60_000,
  );
});

describe("createLayoutMemory", () => {
  it("gives back what was kept, leaves no half file, and makes nothing of a damaged one", async () => {
    const memory = createLayoutMemory(directory);
    const layout = { replicas: 2, threads: 1, measured: [{ replicas: 2, threads: 1, jobsPerSecond: 3.5 }] };
    expect(await memory.recall("key")).toBeUndefined();
    await Promise.all([memory.keep("key", layout), memory.keep("key", layout)]);
    expect(await memory.recall("key")).toEqual(layout);
    expect(await readdir(join(directory, "layouts"))).toEqual(["key.json"]);
    for (const damaged of ["", '{"replicas": 0, "threads": 1, "measured": []}', "[]", "null"]) {
      await writeFile(join(directory, "layouts", "key.json"), damaged);
      expect(await memory.recall("key")).toBeUndefined();
    }
  });
});
