import { rm, writeFile } from "node:fs/promises";
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

  it("takes model.onnx before model_quantized.onnx, a file that is alone, and no one's guess among several", async () => {
    const path = await models.copy({ "onnx/model_quantized.onnx": "int8", "onnx/model_fp16.onnx": "half" });
    const onnx = (name: string) => join(path, "onnx", name);
    const chosen = async () => (await readModelFolder(path)).onnxPath;
    expect(await chosen()).toBe(onnx("model.onnx"));
    await rm(onnx("model.onnx"));
    expect(await chosen()).toBe(onnx("model_quantized.onnx"));
    await rm(onnx("model_quantized.onnx"));
    expect(await chosen()).toBe(onnx("model_fp16.onnx"));
    await writeFile(onnx("model_O4.onnx"), "optimised");
    await expect(chosen()).rejects.toThrow(/model_O4\.onnx, onnx.model_fp16\.onnx.*Name the file instead/);
    expect(await readModelFolder(onnx("model_O4.onnx"))).toMatchObject({
      path,
      onnxPath: onnx("model_O4.onnx"),
    });
  });

  it("says what is wrong with a file that was named", async () => {
    const path = await models.copy({ "onnx/model_int8.onnx": "" });
    await expect(readModelFolder(join(path, "onnx", "model_int8.onnx"))).rejects.toThrow(/file is empty/);
    const stray = join(models.directory(), "stray.onnx");
    await writeFile(stray, "weights");
    await expect(readModelFolder(stray)).rejects.toThrow(/belongs to no model/);
  });

  it("reads prompts, and the lengths that vectors may be cut to", async () => {
    const config = { prompts: { query: "query: ", document: "" }, default_prompt_name: "query" };
    const folder = await read({
      "config_sentence_transformers.json": JSON.stringify(config),
      "config.json": JSON.stringify({ max_position_embeddings: 9, matryoshka_dimensions: [32, 8] }),
    });
    expect([...folder.prompts.texts]).toEqual(Object.entries(config.prompts));
    expect(folder).toMatchObject({ prompts: { defaultName: "query" }, matryoshkaDimensions: [8, 32] });
  });

  it("takes as many tokens as there are positions for where these begin after the padding token", async () => {
    const config = { model_type: "xlm-roberta", pad_token_id: 1, max_position_embeddings: 40 };
    const files = { "config.json": JSON.stringify(config) };
    expect(await read(files)).toMatchObject({ maxTokens: 38, firstPosition: 2 });
    const shorter = { ...files, "sentence_bert_config.json": '{"max_seq_length": 12}' };
    expect(await read(shorter)).toMatchObject({ maxTokens: 12 });
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
    ["config_sentence_transformers.json", '{"prompts": {"query": 3}}', /prompt "query" must be a text/],
    [
      "config_sentence_transformers.json",
      '{"prompts": {"query": ""}, "default_prompt_name": "passage"}',
      /default_prompt_name must be one of its prompts \(query\), got "passage"/,
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
