export type { AnswerCacheMode, AnswerCacheOptions } from "./answer-cache/answer-cache.ts";
export type { CacheOptions } from "./cache/embedding-cache.ts";
export { createApp, type AppOptions } from "./http/create-app.ts";
export { defaultLimits, type ServerLimits, type Service, type ServicePhase } from "./http/service.ts";
export type {
  BackendInfo,
  BackendState,
  EmbeddingBackend,
  TimedEmbeddingResult,
} from "./models/embedding-backend.ts";
export type { ChatBackend, ChatBackendInfo, ChatMemory } from "./models/chat-backend.ts";
export type { HostedChat } from "./models/queue-chat.ts";
export type { QueuedChat } from "./models/queued-chat.ts";
export type { QueuedBackend } from "./models/queued-backend.ts";
export type { SlowRequestLimits } from "./logs/log-request.ts";
export type { ObservingOptions } from "./observing/observing.ts";
export { createLogger, type LoggerOptions, type LogLevel } from "./logs/create-logger.ts";
export { isRemoteUrl, parseRemoteUrl, type RemoteTarget } from "./remote/remote-target.ts";
export {
  parseUpstreamServers,
  type UpstreamServer,
  type UpstreamTarget,
} from "./upstream/upstream-target.ts";
export type {
  ServedChat,
  ServedModel,
  ServedRemote,
  ServedReplicas,
  ServedUpstream,
} from "./models/served-model.ts";
export type { LocatedModel, LocateModel } from "./models/create-model-admin.ts";
export { createModelRegistry, type HostedModel, type ModelRegistry } from "./models/model-registry.ts";
export {
  startReplicaPool,
  type ReplicaPool,
  type ReplicaPoolOptions,
  type SwapOptions,
} from "./models/replica-pool.ts";
export { compareModels, type ComparedModel, type CompareModelsOptions } from "./precision/compare-models.ts";
export type { MeasuredModel, MeasuredPair } from "./precision/measure-models.ts";
export { describePrecision, isFaithful, type PrecisionChoice } from "./precision/precision-choice.ts";
export { fixtureTexts, toPassages } from "./precision/texts/fixture-texts.ts";
export { type PoolLayout } from "./replica/pool-layout.ts";
export { describeReplicaEvent, type ReplicaEvent } from "./replica/replica-events.ts";
export { findFolderProblem } from "./cache/check-cache-folder.ts";
export { findStartProblems, throwProblems } from "./start-problems.ts";
export { startServer, type RunningServer, type ServerOptions } from "./start-server.ts";
export type { AdminModel, ModelAdmin, ModelSource } from "./admin/model-admin.ts";
export { createApiKey, type ApiKeyRecord, type CreatedApiKey, type KeyLimits } from "./security/api-key.ts";
export { readKeysFile, writeKeysFile } from "./security/keys-file.ts";
export { scopes, type Scope } from "./security/scopes.ts";
export type { SecurityOptions } from "./security/security.ts";
export type { SocketTimeouts } from "./security/socket-timeouts.ts";
