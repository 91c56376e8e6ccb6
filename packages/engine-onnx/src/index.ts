export { checkModelFolder } from "./folder/check-model-folder.ts";
export { toModelSpec, toQuantizedSpec } from "./folder/model-spec.ts";
export { createEmbeddingComputer } from "./onnx-computer.ts";
export { createEmbeddingPreparer } from "./onnx-preparer.ts";
export { readExternalFiles } from "./onnx-weights.ts";
export {
  quantizeModel,
  quantizerVersion,
  writeQuantizedModel,
  type QuantizeOptions,
  type QuantizeReport,
} from "./quantize/quantize-model.ts";
export {
  buildReferenceModel,
  type BuildOptions,
  type BuildProgress,
} from "./reference/build-reference-model.ts";
export type { BertShape } from "./reference/bert-shape.ts";
export {
  isReferenceModelName,
  listReferenceModels,
  type ReferenceModel,
  type ReferenceModelName,
} from "./reference/reference-models.ts";
export {
  isReferenceModelBuilt,
  resolveReferenceModel,
  type ResolvedReferenceModel,
  type ResolveReferenceOptions,
} from "./reference/resolve-reference-model.ts";
