export { errorCodes, type ErrorCode, type ErrorCodeEntry } from "./canonical/error-codes.ts";
export { parseErrorEnvelope, type ErrorEnvelope } from "./canonical/parse-error-envelope.ts";
export { parseRetryAfter } from "./canonical/parse-retry-after.ts";
export { replaceField } from "./fields/replace-field.ts";
export { findInputTokens } from "./vectors/find-input-tokens.ts";
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
  ModelInputs,
  ModelRequest,
  ModelVectors,
  SequenceInputs,
  TextSequence,
  TokenWork,
} from "./canonical/scoring.ts";
export type {
  AnswerTiming,
  EmbeddingDialect,
  EmbeddingDialectName,
  EncodedError,
  ParsedEmbeddingRequest,
  ReceivedEmbeddings,
  VectorEncoding,
} from "./canonical/embedding-dialect.ts";
export { truncatedInputsField, truncatedInputsHeader } from "./canonical/truncation.ts";
export { embeddingDialects } from "./embedding-dialects.ts";
export {
  encodeOllamaLoaded,
  encodeOllamaProcesses,
  encodeOllamaTags,
  type OllamaListedModel,
  type OllamaLoadedModel,
} from "./ollama/encode-models.ts";
export { encodeOllamaPromptResponse, parseOllamaPromptRequest } from "./ollama/prompt-embedding.ts";
export { encodeOllamaModel, parseOllamaShowRequest, type OllamaShownModel } from "./ollama/show-model.ts";
export { parseKeepAlive } from "./ollama/keep-alive.ts";
export {
  encodeOllamaLoadAnswer,
  parseOllamaLoadRequest,
  type OllamaLoadPath,
  type OllamaLoadRequest,
} from "./ollama/load-request.ts";
export { ollamaDialect } from "./ollama/ollama-dialect.ts";
export { openaiDialect } from "./openai/openai-dialect.ts";
export { sidecarDialect } from "./sidecar/sidecar-dialect.ts";
export { teiDialect } from "./tei/tei-dialect.ts";
export { encodeTeiEmbedAll, parseTeiEmbedAllRequest } from "./tei/embed-all.ts";
export { parseTeiDecodeRequest, parseTeiTokenizeRequest } from "./tei/token-requests.ts";
export { encodeTeiPredictions, encodeTeiRanks } from "./tei/encode-scores.ts";
export {
  parseTeiPredictRequest,
  parseTeiRerankRequest,
  type TeiPredictRequest,
  type TeiRerankRequest,
} from "./tei/scoring-requests.ts";
export { encodeEmbedFileResponse } from "./sidecar/encode-embed-file-response.ts";
export { parseEmbedFileRequest, type EmbedFileRequest } from "./sidecar/parse-embed-file-request.ts";
export {
  encodeModelResponse,
  encodeModelsResponse,
  type ListedModel,
} from "./routing/encode-models-response.ts";
export { encodeHealth, encodeServerInfo, type ServerInfo } from "./routing/encode-server-info.ts";
export { parseUnixUrl, toUnixUrl } from "./routing/unix-url.ts";
export {
  ollamaRootText,
  selectEmbedDialect,
  selectModelsDialect,
  selectRootAnswer,
} from "./routing/select-dialect.ts";
export { createChatRequest } from "./canonical/create-chat-request.ts";
export type {
  ChatEvent,
  ChatFinish,
  ChatMessage,
  ChatPart,
  ChatRequest,
  ChatResult,
  ChatTiming,
  ChatTool,
  ChatToolCall,
  ChatUsage,
  FinishReason,
  ResponseFormat,
  ToolChoice,
} from "./canonical/chat.ts";
export type {
  ChatAnswerHead,
  ChatDelivery,
  ChatDialect,
  ChatDialectName,
  ChatStreamDecoder,
  ChatStreamEncoder,
  ChatStreamOptions,
  ParsedChatRequest,
  ServedChatDialect,
} from "./canonical/chat-dialect.ts";
export { createChatCollector, toChatEvents, type ChatCollector } from "./canonical/chat-collector.ts";
export { chatDialects } from "./chat-dialects.ts";
export { openaiCompletionsDialect } from "./openai/completions/openai-completions-dialect.ts";
export { readChatEnvelope, type ChatEnvelope } from "./routing/read-chat-envelope.ts";
export { checkChatRequest, refuseImages, refuseUnsupported } from "./routing/refuse-unsupported.ts";
export { parseAnthropicCountRequest } from "./anthropic/parse-request.ts";
export { NdjsonDecoder } from "./ndjson/ndjson-decoder.ts";
export { SseDecoder, type SseEvent } from "./sse/sse-decoder.ts";
