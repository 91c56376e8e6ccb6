export { kvTypes, type KvType } from "./chat-engine.ts";
export type {
  AgentRecord,
  ChatAgent,
  ChatEngine,
  ChatEngineModule,
  ChatHooks,
  ChatJob,
  ChatMemorySpec,
  ChatMemoryStats,
  ChatModelInfo,
  ChatModelSpec,
  ChatReuse,
  ChatStart,
  ChatWork,
} from "./chat-engine.ts";
export {
  clearMargin,
  compareText,
  summarizeTexts,
  type ComparedText,
  type VectorComparison,
} from "./compare-vectors.ts";
export { devices, type Device } from "./embedding-engine.ts";
export type {
  EmbeddingBatch,
  EmbeddingComputer,
  EmbeddingEngineModule,
  EmbeddingModelInfo,
  EmbeddingModelSpec,
  EmbeddingPreparer,
  JsonValue,
  PreparedInputs,
  TokenPiece,
} from "./embedding-engine.ts";
export {
  createInProcessEmbedder,
  type InProcessEmbedder,
  type InProcessEmbedRequest,
} from "./in-process-embedder.ts";
export {
  precisionWishes,
  quantizedPrecisions,
  quantizeSteps,
  type ModelQuantizer,
  type PrecisionWish,
  type QuantizedPrecision,
  type QuantizeProgress,
  type WriteQuantizedOptions,
} from "./model-quantizer.ts";
export {
  cutBatches,
  defaultMaxPaddedTokens,
  planBatches,
  scatterVectors,
  type BatchBudget,
  type CutBatch,
  type PlannedBatch,
} from "./plan-batches.ts";
export { poolTokens, type TokenVectors } from "./pool-tokens.ts";
export type { PairTokens } from "./prepare-sequences.ts";
export { prepareTokens, type PrepareTokensOptions, type Prompt } from "./prepare-tokens.ts";
export { referenceWeightsPhrase } from "./reference-weights.ts";
export { resolvePrompt, type ModelPrompts } from "./resolve-prompt.ts";
export { resolveEmbedding, type ResolvedEmbedding } from "./resolve-embedding.ts";
export { createSeededRandom } from "./seeded-random.ts";
export { deriveWords } from "./words/derive-words.ts";
