export { runLoad, type RunLoadOptions } from "./run/run-load.ts";
export type { LoadPlan, StopPlan, TransportPlan } from "./run/load-plan.ts";
export { startThread } from "./workers/start-thread.ts";
export { resolveWorkers } from "./workers/resolve-workers.ts";
export { ScheduleFeed } from "./run/schedule-feed.ts";
export type { AppendedSegment } from "./run/part-result.ts";
export type { ErrorRateLimit } from "./run/error-rate-window.ts";
export { sampleColumns, sampleOutcomes, samplePhases, type SampleColumn } from "./samples/sample-row.ts";
export type { SampleFile } from "./samples/sample-spool.ts";
export type {
  ConnectionCounts,
  LoadProgress,
  LoadResult,
  ProgressPercentiles,
  RunEnd,
  StopPoint,
  UntilFirstFailure,
} from "./run/load-result.ts";
export type { Silence } from "./run/find-silence.ts";
export type { Attainment } from "./run/load-driver.ts";
export type { FailureBudget, StopLimits, StopReason } from "./run/stop-rule.ts";
export type { GeneratorHealth, WorkerHealth } from "./run/generator-health.ts";
export type { EventLoopDelay, GeneratorCpu } from "./run/generator-reading.ts";
export type { CachePlan, EmbeddingsPlan } from "./embeddings/embeddings-plan.ts";
export { cacheBusterLength, drawCacheBusterStart } from "./embeddings/cache-buster.ts";
export type { FailureCount, FailureSummary } from "./recording/failure-tally.ts";
export type { CutOffSummary, OutcomeCounts, PhaseLatencies } from "./recording/outcome-recorder.ts";
export type { PartSummary, PhaseCounts, TurnSummary } from "./recording/phase-recorder.ts";
export type { RetrySummary } from "./recording/retry-recorder.ts";
export type { Slice } from "./recording/slice-recorder.ts";
export type { UnitKind, WorkloadChecks } from "./workload.ts";
export type { WorkloadPlan } from "./workloads/create-workload.ts";
export type { HttpPlan, HttpPlanBody, HttpPlanRequest } from "./workloads/http-plan.ts";
export type { MixedPlan, MixedPlanPart } from "./mixed/mixed-plan.ts";
export {
  defineScenario,
  type Scenario,
  type ScenarioAnswer,
  type ScenarioRequest,
  type ScenarioTurn,
  type ScenarioUser,
} from "./scenario/scenario.ts";
export type { ScenarioPlan } from "./scenario/scenario-plan.ts";
export { planScenario } from "./scenario/scenario-workload.ts";
export type { UploadPlan } from "./workloads/upload-plan.ts";
export { parseExpectedStatus } from "./workloads/expected-status.ts";
export { parseTargets, type TargetEntry } from "./workloads/parse-targets.ts";
export type { ChatPlan, ChatPrompt, ChatTurns, ChunkCheck } from "./chat/chat-plan.ts";
export { defaultChatTools } from "./chat/chat-tools.ts";
export { askChatOnce, type ChatQuestion, type ChatReply } from "./chat/ask-chat-once.ts";
export { createSyntheticPrompts } from "./chat/synthetic-prompts.ts";
export type { StreamSummary, TokenTotals } from "./streams/stream-recorder.ts";
export type { HttpVersion } from "./http/connection.ts";
export { readOpenFilesLimit, type OpenFilesLimit } from "./platform/open-files.ts";
export { contentTypeOf } from "./http/multipart-body.ts";
export { isForbiddenOverHttp2 } from "./http/http2-request.ts";
export { askOnce, type Asked, type AskOptions } from "./http/ask-once.ts";
export { parseHttpTarget, splitRequestUrl, type HttpTarget } from "./http/http-target.ts";
