import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useTinyModels } from "../fixtures/tiny-model.ts";
import { readModelFolder } from "./read-model-folder.ts";

const models = useTinyModels();
const read = async (files: Readonly<Record<string, string | undefined>>) =>
  readModelFolder(await models.copy(files));

describe("readModelFolder", () => {
  it("reads a whole folder", async () => {
    expect(await readModelFolder(models.path())).toMatchObject({
      onnxPath: join(models.path(), "onnx", "model.onnx"),
      maxTokens: 48,
      pooling: "mean",
      vocabularySize: 6000,
      paddingToken: 0,
      reference: true,
      lowercase: false,
    });
  });

  it("does without the files that are optional", async () => {
    const files = { "tokenizer_config.json": undefined, "README.md": undefined, "modules.json": undefined };
    expect(await read(files)).toMatchObject({ pooling: "mean", maxTokens: 48 });
  });

  it.each(["config.json", "1_Pooling/config.json", "onnx"])("names what is missing: %s", async (name) => {
    const missing = name === "onnx" ? "onnx/model.onnx" : name;
    await expect(read({ [name]: undefined })).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringContaining(`${join(...missing.split("/"))}: is missing`) as unknown,
    });
  });

  it.each([
    ["a file", (path: string) => join(path, "config.json"), /is a file, expected a model's folder/],
    ["nothing", (path: string) => join(path, "no"), /there is no such folder/],
  ])("says when the path is %s", async (_, at, message) => {
    await expect(readModelFolder(at(models.path()))).rejects.toThrow(message);
  });

  it.each([
    ["config.json", "[]", /config\.json: must hold a JSON object, got an array/],
    ["modules.json", "{}", /modules\.json: must hold an array/],
    [
      "sentence_bert_config.json",
      '{"max_seq_length": "long"}',
      /max_seq_length must be a whole number.*"long"/,
    ],
    ["tokenizer_config.json", "{", /tokenizer_config\.json: is not valid JSON/],
  ])("names the file and the key: %s", async (name, content, message) => {
    await expect(read({ [name]: content })).rejects.toThrow(message);
  });

  it("reads the transformer's files from the folder that modules.json names", async () => {
    const modules = [
      { type: "sentence_transformers.models.Transformer", path: "0_Transformer" },
      { type: "sentence_transformers.models.Pooling", path: "1_Pooling" },
    ];
    const folder = read({ "modules.json": JSON.stringify(modules) });
    await expect(folder).rejects.toThrow(/0_Transformer.onnx.model\.onnx: is missing/);
  });
});
