import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { useTinyModels } from "./fixtures/tiny-model.ts";
import { readExternalFiles, readOnnxWeights } from "./onnx-weights.ts";
import { encodeMessage, encodeNumber, encodeText } from "./reference/onnx/protobuf.ts";

const models = useTinyModels();

it("counts bytes by number format, in files that the model refers to as well", async () => {
  const entry = (key: string, value: string) => encodeMessage(13, [encodeText(1, key), encodeText(2, value)]);
  const inside = [
    encodeNumber(1, 10),
    encodeNumber(1, 10),
    encodeNumber(2, 1),
    encodeMessage(9, [new Uint8Array(400)]),
  ];
  const outside = [
    // Packed, as some writers do.
    encodeMessage(1, [Uint8Array.of(100, 10)]),
    encodeNumber(2, 3),
    entry("location", "model.onnx_data"),
    entry("offset", "0"),
    encodeNumber(14, 1),
  ];
  const path = join(models.directory(), "model.onnx");
  const model = encodeMessage(7, [encodeMessage(5, inside), encodeMessage(5, outside)]);
  await writeFile(path, model);
  await writeFile(join(models.directory(), "model.onnx_data"), new Uint8Array(1000));
  expect(await readOnnxWeights(path)).toEqual({ precision: "int8", weightBytes: model.length + 1000 });
  expect(await readExternalFiles(path)).toEqual(["model.onnx_data"]);
});

it("says unknown where no weights are listed", async () => {
  const path = join(models.directory(), "none.onnx");
  await writeFile(path, encodeNumber(1, 8));
  expect(await readOnnxWeights(path)).toEqual({ precision: "unknown", weightBytes: 2 });
});
