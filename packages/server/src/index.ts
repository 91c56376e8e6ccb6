export { createApp, type AppOptions } from "./http/create-app.ts";
export { defaultLimits, type ServerLimits, type Service, type ServicePhase } from "./http/service.ts";
export type { BackendState, EmbeddingBackend, TimedEmbeddingResult } from "./models/embedding-backend.ts";
export type { QueuedBackend } from "./models/job-limit.ts";
export { createModelRegistry, type ModelRegistry } from "./models/model-registry.ts";
export type { ReplicaEvent } from "./replica/supervised-model.ts";
export { startServer, type RunningServer, type ServedModel, type ServerOptions } from "./start-server.ts";
