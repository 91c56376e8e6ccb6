import { describe, expect, it } from "vitest";
import { resolveMaxTokens } from "./read-max-tokens.ts";

const resolve = (settings: object | undefined, tokenizerConfig: object = {}, config: object = {}) =>
  resolveMaxTokens({
    folder: "model",
    settings:
      settings === undefined ? undefined : { path: "sentence_bert_config.json", values: { ...settings } },
    tokenizerConfig: { ...tokenizerConfig },
    config: { ...config },
  });

describe("resolveMaxTokens", () => {
  it("takes max_seq_length, whatever the others say", () => {
    expect(resolve({ max_seq_length: 256 }, { model_max_length: 128 }, { max_position_embeddings: 64 })).toBe(
      256,
    );
  });

  it("takes the tokenizer arguments of the transformer's settings before that", () => {
    expect(resolve({ max_seq_length: 256, tokenizer_args: { model_max_length: 100 } })).toBe(100);
    expect(resolve({ max_seq_length: 256, processor_kwargs: { model_max_length: 90 } })).toBe(90);
  });

  it("else takes the smaller of the tokenizer's and the model's", () => {
    for (const settings of [undefined, {}, { max_seq_length: null }]) {
      expect(resolve(settings, { model_max_length: 512 }, { max_position_embeddings: 514 })).toBe(512);
      expect(resolve(settings, { model_max_length: 1e30 }, { max_position_embeddings: 512 })).toBe(512);
      expect(resolve(settings, { model_max_length: 400 }, { max_position_embeddings: -1 })).toBe(400);
      expect(resolve(settings, {}, { max_position_embeddings: 64 })).toBe(64);
    }
  });

  it("says what to add where no file says anything", () => {
    expect(() => resolve(undefined, { model_max_length: 1e30 })).toThrow(
      /max_seq_length.*sentence_bert_config\.json/,
    );
  });
});
