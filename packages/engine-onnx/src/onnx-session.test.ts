import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { useTinyModels } from "./fixtures/tiny-model.ts";
import * as engine from "./index.ts";
import { loadOnnxRuntime } from "./onnx-runtime.ts";
import { openSession } from "./onnx-session.ts";

const models = useTinyModels();
// No machine has both: on either, this one is missing.
const missing = process.platform === "darwin" ? "cuda" : "coreml";

it("computes on the CPU where that is asked for, and where there is nothing else", async () => {
  for (const device of ["cpu", undefined] as const) {
    const spec = { path: models.path(), threads: 1, ...(device === undefined ? {} : { device }) };
    await using computer = await engine.createEmbeddingComputer(spec);
    expect(["cpu", "cuda"]).toContain(computer.info.device);
    expect(computer.info.deviceFallback).toBeUndefined();
  }
});

it("does not start on a device that was named and is not there, and says which there are", async () => {
  const start = engine.createEmbeddingComputer({ path: models.path(), threads: 1, device: missing });
  await expect(start).rejects.toMatchObject({
    code: "DEVICE_UNAVAILABLE",
    message: expect.stringMatching(new RegExp(`cannot use ${missing} .*knows cpu`)) as unknown,
  });
});

it("names the file, not the device, where the file is at fault", async () => {
  const path = await models.copy();
  const broken = join(path, "onnx", "model.onnx");
  await truncate(broken, 1_000);
  const start = engine.createEmbeddingComputer({ path, threads: 1, device: missing });
  await expect(start).rejects.toMatchObject({ code: "MODEL_INVALID" });
});

it("says why it fell back to the CPU where a graphics processor is there", async (test) => {
  const runtime = await loadOnnxRuntime();
  const file = join(models.path(), "onnx", "model.onnx");
  const open = await openSession(
    runtime,
    { onnxPath: file },
    { path: models.path(), threads: 1 },
    () => true,
  );
  await open.session.release();
  test.skip(open.device === "cuda", "CUDA works on this machine");
  expect(open).toMatchObject({
    device: "cpu",
    fallback: expect.stringContaining("cannot use cuda") as unknown,
  });
});
