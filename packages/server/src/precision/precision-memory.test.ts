import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPrecisionMemory, type PrecisionMemory, type TriedPrecisions } from "./precision-memory.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "weir-test-"));
  await mkdir(join(root, "river"));
  await writeFile(join(root, "river/weights"), "weights");
});
afterEach(() => rm(root, { recursive: true }));

const open = (threads = 1): Promise<PrecisionMemory> => {
  const engineModule = import.meta.resolve("@weir/engine/echo");
  return openPrecisionMemory(
    { engineModule, spec: { path: join(root, "river"), threads } },
    join(root, "cache"),
  );
};

const tried: TriedPrecisions = [
  { precision: "fp32", textsPerSecond: 50, speedRatio: 1, weightBytes: 90, vectors: undefined },
  {
    precision: "int8",
    textsPerSecond: 95,
    speedRatio: 1.9,
    weightBytes: 23,
    vectors: {
      texts: 3,
      meanCosine: 0.99,
      leastCosine: 0.9,
      agreement: 1,
      clearAgreement: NaN,
      clearTexts: 0,
    },
  },
  { precision: "int8-accurate", failure: "int8-accurate cannot be used: it is not there" },
];

const nothing = { tried: [], damage: undefined };

describe("what was measured", () => {
  it("is there at the next start, numbers that are none included", async () => {
    expect(await (await open()).recall()).toEqual(nothing);
    await (await open()).keep(tried);
    expect(await (await open()).recall()).toEqual({ tried, damage: undefined });
  });

  it("is of those files, run in that way", async () => {
    await (await open()).keep(tried);
    expect(await (await open(2)).recall()).toEqual(nothing);
    await writeFile(join(root, "river/weights"), "others!");
    expect(await (await open()).recall()).toEqual(nothing);
  });

  it("tells what ran last of the same files, however they are run", async () => {
    expect(await (await open()).noteChosen("int8")).toBeUndefined();
    expect(await (await open(2)).noteChosen("as-is")).toBe("int8");
    expect(await (await open()).noteChosen("as-is")).toBe("as-is");
    await writeFile(join(root, "river/weights"), "others!");
    expect(await (await open()).noteChosen("int8")).toBeUndefined();
  });

  it.each([
    ["is cut short", '{"tried": ['],
    ["is something else", '{"tried": [{"precision": "int4", "failure": "x"}]}'],
    ["lacks a number", '{"tried": [{"precision": "fp32", "textsPerSecond": 5, "speedRatio": 1}]}'],
    [
      "lacks the vectors",
      '{"tried": [{"precision": "int8", "textsPerSecond": 5, "speedRatio": 1, "weightBytes": 9}]}',
    ],
    ["is null", '{"tried": [null]}'],
    ["is no object", "null"],
  ])("counts as nothing and says so where its file %s", async (_, text) => {
    const memory = await open();
    await memory.keep(tried);
    await writeFile(memory.file, text);
    expect(await memory.recall()).toEqual({ tried: [], damage: expect.stringMatching(/./) as unknown });
  });
});
