import { describe, expect, it } from "vitest";
import { chooseWeights, listWeights, type WantedWeights } from "./choose-weights.ts";

const choose = (paths: readonly string[], wanted: Partial<WantedWeights> = {}, base = ""): string => {
  const files = paths.map((path) => ({ path, bytes: 23_000_000, digest: undefined }));
  const all = { precision: undefined, file: undefined, arch: "x64", ...wanted };
  return chooseWeights(listWeights(files, base), all, "org/model").file.path;
};

/** What sentence-transformers puts into its own repositories, and transformers.js into its. */
const many = [
  "onnx/model.onnx",
  "onnx/model_O1.onnx",
  "onnx/model_O4.onnx",
  "onnx/model_qint8_arm64.onnx",
  "onnx/model_qint8_avx512.onnx",
  "onnx/model_qint8_avx512_vnni.onnx",
  "onnx/model_quint8_avx2.onnx",
];
const javascript = ["", "_fp16", "_int8", "_q4", "_q4f16", "_bnb4", "_quantized", "_uint8"].map(
  (suffix) => `onnx/model${suffix}.onnx`,
);

describe("weights", () => {
  it.each([
    [many, {}, "onnx/model.onnx"],
    [many, { precision: "int8" }, "onnx/model_quint8_avx2.onnx"],
    [many, { precision: "int8", arch: "arm64" }, "onnx/model_qint8_arm64.onnx"],
    [many, { file: "model_O4.onnx" }, "onnx/model_O4.onnx"],
    [javascript, { precision: "int8" }, "onnx/model_int8.onnx"],
    [javascript, { precision: "fp16" }, "onnx/model_fp16.onnx"],
    [["model.onnx", "onnx/model.onnx"], {}, "onnx/model.onnx"],
    [["onnx/model_quantized.onnx"], {}, "onnx/model_quantized.onnx"],
    [["exported/encoder.onnx"], {}, "exported/encoder.onnx"],
    [["other/model.onnx", "model.onnx"], {}, "model.onnx"],
  ] as const)("of %j with %j are %s", (paths, wanted, expected) => {
    expect(choose(paths, wanted)).toBe(expected);
  });

  it("are those of the transformer's own folder", () => {
    expect(choose(["onnx/model.onnx", "0_Transformer/model.onnx"], {}, "0_Transformer/")).toBe(
      "0_Transformer/model.onnx",
    );
  });

  it.each([
    [javascript, { precision: "q4" }, /got q4\. Name one with --file/],
    [many, { precision: "fp16" }, /model\.onnx \(fp32, 23 MB\).*got fp16\. Choose another/],
    [many, { file: "model_int4.onnx" }, /--file: expected one of .*"model_int4\.onnx"/],
    [["a.onnx", "b.onnx"], {}, /no model\.onnx in float32, but a\.onnx \(other, 23 MB\), b\.onnx/],
    [["model.safetensors"], {}, /no ONNX files.*optimum-cli export onnx --model org\/model /],
  ] as const)("of %j with %j are refused", (paths, wanted, message) => {
    expect(() => choose(paths, wanted)).toThrow(message);
  });
});
