import { referenceWeightsPhrase } from "@weir/engine";
import { referenceMark } from "../folder/read-model-folder.ts";
import { layerNormEpsilon } from "./bert-shape.ts";
import type { ReferenceModel } from "./reference-models.ts";
import { continuation, createVocabulary, specialTokens } from "./vocabulary/create-vocabulary.ts";

/** Every file of a reference model but the weights: path inside the folder, with forward slashes, and content. */
export function makeSmallFiles(model: ReferenceModel): Readonly<Record<string, string>> {
  const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
  const modules = [
    ["Transformer", ""],
    ["Pooling", "1_Pooling"],
    ["Normalize", "2_Normalize"],
  ].map(([type, path], idx) => ({
    idx,
    name: String(idx),
    path,
    type: `sentence_transformers.models.${type}`,
  }));
  const pooling = { word_embedding_dimension: model.shape.width, pooling_mode_mean_tokens: true };
  const isEncoder = model.shape.labels === undefined;
  return {
    "config.json": json(makeConfig(model)),
    ...(isEncoder ? { "modules.json": json(modules), "1_Pooling/config.json": json(pooling) } : {}),
    "sentence_bert_config.json": json({ max_seq_length: model.maxTokens, do_lower_case: false }),
    "tokenizer.json": `${JSON.stringify(makeTokenizer(model))}\n`,
    "tokenizer_config.json": json({
      do_lower_case: true,
      model_max_length: model.shape.positions,
      tokenizer_class: "BertTokenizer",
      ...namedTokens,
    }),
    "README.md": makeReadme(model),
  };
}

const [pad, unknown, open, close, mask] = specialTokens;
const namedTokens = {
  pad_token: pad,
  unk_token: unknown,
  cls_token: open,
  sep_token: close,
  mask_token: mask,
};

function makeConfig({ shape, description }: ReferenceModel): Readonly<Record<string, unknown>> {
  return {
    [referenceMark]: true,
    weir_description: description,
    architectures: [shape.labels === undefined ? "BertModel" : "BertForSequenceClassification"],
    model_type: "bert",
    hidden_act: "gelu",
    hidden_size: shape.width,
    intermediate_size: shape.inner,
    num_attention_heads: shape.heads,
    num_hidden_layers: shape.layers,
    max_position_embeddings: shape.positions,
    type_vocab_size: shape.tokenTypes,
    vocab_size: shape.vocabularySize,
    layer_norm_eps: layerNormEpsilon,
    pad_token_id: specialTokens.indexOf(pad),
    ...(shape.labels === undefined ? {} : makeLabels(shape.labels)),
  };
}

function makeLabels(count: number): Readonly<Record<string, unknown>> {
  const names = Array.from({ length: count }, (_, id) => `LABEL_${id}`);
  return {
    id2label: Object.fromEntries(names.map((name, id) => [id, name])),
    label2id: Object.fromEntries(names.map((name, id) => [name, id])),
  };
}

function makeTokenizer({ shape }: ReferenceModel): Readonly<Record<string, unknown>> {
  const idOf = (token: (typeof specialTokens)[number]): number => specialTokens.indexOf(token);
  const special = (token: (typeof specialTokens)[number]) => ({
    id: token,
    ids: [idOf(token)],
    tokens: [token],
  });
  const single = [
    { SpecialToken: { id: open, type_id: 0 } },
    { Sequence: { id: "A", type_id: 0 } },
    { SpecialToken: { id: close, type_id: 0 } },
  ];
  const second = [{ Sequence: { id: "B", type_id: 1 } }, { SpecialToken: { id: close, type_id: 1 } }];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single,
      pair: [...single, ...second],
      special_tokens: { [open]: special(open), [close]: special(close) },
    },
    decoder: { type: "WordPiece", prefix: continuation, cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: unknown,
      continuing_subword_prefix: continuation,
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(createVocabulary(shape.vocabularySize).map((piece, id) => [piece, id])),
    },
  };
}

function makeReadme({ name, shape, maxTokens, parameters, description }: ReferenceModel): string {
  return `# ${name}

${referenceWeightsPhrase}

This folder was built by Weir from a seed. It is ${description.split(";", 1)[0]}: a BERT encoder of ${shape.layers} layers,
${shape.width} wide, ${shape.heads} heads, ${shape.inner} inside, ${parameters} parameters in float32, inputs of up to
${maxTokens} tokens. It takes the time and the memory of the real one, so it can be served and measured where there is no
network. ${shape.labels === undefined ? "Its vectors say nothing about the texts: do not search with them." : "Its scores say nothing about the texts: do not rank with them."}
`;
}
