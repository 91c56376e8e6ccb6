import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddingComputer } from "@weir/engine-onnx";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CommandContext } from "../command-context.ts";
import { describeQuantized } from "./describe-quantized.ts";
import { createModelsCommand } from "./models-command.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function models(...args: string[]): Promise<string> {
  let written = "";
  const context: CommandContext = {
    stdout: { write: (text: string) => void (written += text) },
    stderr: { write: () => {} },
    env: { WEIR_CACHE_DIR: directory },
    signal: new AbortController().signal,
    version: "0.0.0-test",
    exitCode: 0,
  };
  await createModelsCommand(context).parseAsync(args, { from: "user" });
  return written;
}

it("writes a folder that can be served, says what it lost, and does not write over it", async () => {
  const out = join(directory, "out");
  const text = await models("quantize", "reference-embed-tiny", "--out", out);
  expect(text).toMatch(/^wrote \S+out: \d\.\d MB became \d\.\d MB \(0\.\d\d of it\)\n/);
  expect(text).toMatch(/mean cosine [01]\.\d{4} with float32, least [01]\.\d{4} \(\d+ texts\)/);
  expect(text).toMatch(/speed +\d+\.\d\d times float32's/);
  await using computer = await createEmbeddingComputer({ path: out });
  expect(computer.info).toMatchObject({ precision: "int8", dimensions: 32 });
  expect(await readFile(join(out, "tokenizer.json"), "utf8")).toContain("WordPiece");
  await expect(models("quantize", "reference-embed-tiny", "--out", out)).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringContaining("a folder with files in it") as unknown,
  });
  await expect(models("quantize", out, "--out", join(directory, "twice"))).rejects.toMatchObject({
    code: "MODEL_INVALID",
    message: expect.stringContaining("already quantised") as unknown,
  });
});

const report = {
  path: "out",
  precision: "int8",
  sourceBytes: 90_000_000,
  weightBytes: 23_000_000,
  quantizedProducts: 36,
  products: 36,
  judgement: {
    texts: 96,
    meanCosine: 0.999,
    leastCosine: 0.997,
    agreement: 0.93,
    clearAgreement: 1,
    clearTexts: 84,
  },
  speedRatio: 2.1,
} as const;

it("warns where the model lost more than it should", () => {
  expect(describeQuantized(report)).not.toContain("loses more");
  const worse = { ...report, judgement: { ...report.judgement, clearAgreement: 0.9 } };
  expect(describeQuantized(worse)).toMatch(/loses more than usual: .*95 % .*int8-accurate/);
  expect(describeQuantized({ ...worse, precision: "int8-accurate" })).toContain("Stay with float32");
});

it("says so where no neighbour is clear", () => {
  const judgement = { ...report.judgement, clearAgreement: NaN, clearTexts: 0 };
  expect(describeQuantized({ ...report, judgement })).toContain("no text has a clear nearest one");
});
