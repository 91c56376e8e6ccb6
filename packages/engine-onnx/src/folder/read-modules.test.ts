import { describe, expect, it } from "vitest";
import { useTinyModels } from "../fixtures/tiny-model.ts";
import { assumePooling, readSentenceModules } from "./read-modules.ts";

const models = useTinyModels();
const transformer = { type: "sentence_transformers.models.Transformer", path: "" };
const pooling = { type: "sentence_transformers.models.Pooling", path: "1_Pooling" };
const normalize = { type: "sentence_transformers.models.Normalize", path: "2_Normalize" };
const dense = { type: "sentence_transformers.models.Dense", path: "2_Dense" };
const norm = { type: "sentence_transformers.models.LayerNorm", path: "3_LayerNorm" };

const readModules = async (modules: readonly object[]) =>
  readSentenceModules(await models.copy({ "modules.json": JSON.stringify(modules) }));
const readPooling = async (config: object) =>
  (await readSentenceModules(await models.copy({ "1_Pooling/config.json": JSON.stringify(config) }))).pooling;

describe("readSentenceModules", () => {
  it.each([
    [{ pooling_mode_mean_tokens: true }, "mean"],
    [{ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }, "cls"],
    [{ pooling_mode_max_tokens: true }, "max"],
    [{ pooling_mode_lasttoken: true }, "last"],
    [{ pooling_mode_mean_tokens: false }, "mean"],
    [{ pooling_mode: "cls" }, "cls"],
    [{ pooling_mode: ["lasttoken"] }, "last"],
    [{ pooling_mode: "max", pooling_mode_mean_tokens: true }, "max"],
    [{}, "mean"],
    [{ pooling_mode: "weightedmean" }, "weightedmean"],
    [{ pooling_mode_mean_sqrt_len_tokens: true }, "mean_sqrt_len"],
  ])("reads %j as %s pooling", async (config, wanted) => {
    expect(await readPooling(config)).toBe(wanted);
  });

  it.each([
    [{ pooling_mode: "median" }, /median.*Supported is one of mean, cls, max, lasttoken, mean_sqrt/],
    [{ pooling_mode_cls_token: true, pooling_mode_mean_tokens: true }, /cls with mean/],
    [{ pooling_mode: 3 }, /pooling_mode must be a name/],
  ])("refuses %j", async (config, message) => {
    await expect(readPooling(config)).rejects.toThrow(message);
  });

  it("takes a Transformer, a Pooling, and modules of vectors after it", async () => {
    const plain = { transformerFolder: "", pooling: "mean", includePrompt: true, layers: [] };
    expect(await readModules([transformer, pooling])).toEqual(plain);
    expect(await readModules([transformer, pooling, normalize])).toEqual(plain);
    const more = await readModules([transformer, pooling, normalize, dense, norm, normalize]);
    expect(more.layers).toEqual([
      { kind: "normalize" },
      { kind: "dense", folder: expect.stringMatching(/2_Dense$/) as unknown },
      { kind: "layer-norm", folder: expect.stringMatching(/3_LayerNorm$/) as unknown },
    ]);
  });

  it("reads whether a prompt counts in the pooling", async () => {
    const files = { "1_Pooling/config.json": '{"pooling_mode_mean_tokens": true, "include_prompt": false}' };
    expect(await readSentenceModules(await models.copy(files))).toMatchObject({ includePrompt: false });
  });

  it.each([
    ["Dense", [transformer, dense, pooling]],
    ["Normalize", [transformer, normalize, pooling]],
    ["StaticEmbedding", [{ type: "sentence_transformers.models.StaticEmbedding", path: "" }]],
    ["CNN", [transformer, pooling, { type: "sentence_transformers.models.CNN", path: "2_CNN" }]],
  ])("refuses %s where it cannot compute it, naming what it can", async (kind, modules) => {
    await expect(readModules(modules)).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringMatching(
        new RegExp(`modules\\.json: module \\d is .*${kind}.*then any of Dense, LayerNorm and Normalize`),
      ) as unknown,
    });
  });

  it("refuses a module without pooling, and paths that leave the folder", async () => {
    await expect(readModules([transformer])).rejects.toThrow(/must name a Transformer and a Pooling/);
    for (const path of ["../other", "/etc", "C:\\models", "a/../../b"]) {
      await expect(readModules([transformer, { ...pooling, path }])).rejects.toThrow(
        /inside the model's folder/,
      );
    }
  });
});

describe("assumePooling", () => {
  it("is the last token for a causal language model, else mean", () => {
    expect(assumePooling({ architectures: ["Qwen3ForCausalLM"] })).toBe("last");
    expect(assumePooling({ architectures: ["BertModel"] })).toBe("mean");
    expect(assumePooling({})).toBe("mean");
  });
});
