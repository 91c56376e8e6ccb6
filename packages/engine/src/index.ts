export type {
  EmbeddingBatch,
  EmbeddingComputer,
  EmbeddingEngineModule,
  EmbeddingModelInfo,
  EmbeddingModelSpec,
  EmbeddingPreparer,
  PreparedInputs,
} from "./embedding-engine.ts";
