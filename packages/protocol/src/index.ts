export { errorCodes, type ErrorCode, type ErrorCodeEntry } from "./canonical/error-codes.ts";
export { toWeirError, WeirError, type WeirErrorDetails } from "./canonical/weir-error.ts";
export {
  countInputs,
  poolings,
  type EmbeddingInputs,
  type EmbeddingRequest,
  type EmbeddingResult,
  type Pooling,
  type VectorBlock,
} from "./canonical/embedding.ts";
export type {
  EmbeddingDialect,
  EmbeddingDialectName,
  EncodedError,
  ParsedEmbeddingRequest,
  ReceivedEmbeddings,
  VectorEncoding,
} from "./canonical/embedding-dialect.ts";
