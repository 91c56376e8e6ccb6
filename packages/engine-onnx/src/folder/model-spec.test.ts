import { join } from "node:path";
import { expect, it } from "vitest";
import { useTinyModels } from "../fixtures/tiny-model.ts";
import { readModelPath, toModelSpec } from "./model-spec.ts";

const models = useTinyModels();

it("says which file of a folder a path names, and reads it back", async () => {
  const folder = models.path();
  expect(await toModelSpec(folder)).toEqual({ path: folder });
  expect(readModelPath({ path: folder })).toBe(folder);
  const file = join(folder, "onnx", "model.onnx");
  const spec = await toModelSpec(file);
  expect(spec).toEqual({ path: folder, options: { onnxFile: "onnx/model.onnx" } });
  expect(readModelPath(spec)).toBe(file);
  expect(() => readModelPath({ path: folder, options: { onnxFile: 3 } })).toThrow(/onnxFile must be/);
});
