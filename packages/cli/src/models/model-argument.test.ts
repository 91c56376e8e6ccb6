import { describe, expect, it } from "vitest";
import { parseModelArgument } from "./model-argument.ts";

describe("--model", () => {
  it.each([
    ["mini=/models/all-MiniLM-L6-v2", { name: "mini", source: "/models/all-MiniLM-L6-v2" }],
    ["/models/all-MiniLM-L6-v2/", { name: "all-MiniLM-L6-v2", source: "/models/all-MiniLM-L6-v2/" }],
    ["/models/bge/onnx/model_int8.onnx", { name: "bge", source: "/models/bge/onnx/model_int8.onnx" }],
    ["bge/model_fp16.onnx", { name: "bge", source: "bge/model_fp16.onnx" }],
    ["onnx/model_O4.onnx", { name: "model_O4", source: "onnx/model_O4.onnx" }],
    ["reference-embed-minilm", { name: "reference-embed-minilm", source: "reference-embed-minilm" }],
    [
      "mini=http://127.0.0.1:9000/v1?a=b#bge-small",
      { name: "mini", source: "http://127.0.0.1:9000/v1?a=b#bge-small" },
    ],
    ["tei+https://host#bge=small", { name: "bge=small", source: "tei+https://host#bge=small" }],
    ["http://host?a=b", { name: "", source: "http://host?a=b" }],
    ["org/model@refs/pr/1", { name: "model", source: "org/model@refs/pr/1" }],
    ["../org/model@2", { name: "model@2", source: "../org/model@2" }],
    ["a=b=c", { name: "a", source: "b=c" }],
  ])("%s", (argument, expected) => {
    expect(parseModelArgument(argument)).toEqual(expected);
  });
});
