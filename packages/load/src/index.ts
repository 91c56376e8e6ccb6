export { runLoad, type RunLoadOptions } from "./run/run-load.ts";
export type { LoadPlan, StopPlan, TransportPlan } from "./run/load-plan.ts";
export type {
  LoadProgress,
  LoadResult,
  ProgressPercentiles,
  RunEnd,
  StopPoint,
  UntilFirstFailure,
} from "./run/load-result.ts";
export type { Attainment } from "./run/load-driver.ts";
export type { FailureBudget, StopLimits, StopReason } from "./run/stop-rule.ts";
export type { EventLoopDelay, GeneratorCpu, GeneratorHealth } from "./run/generator-health.ts";
export type { CachePlan, EmbeddingsPlan } from "./embeddings/embeddings-plan.ts";
export { cacheBusterLength, drawCacheBusterStart } from "./embeddings/cache-buster.ts";
export type { FailureCount, FailureSummary } from "./recording/failure-tally.ts";
export type { PhaseCounts, PhaseLatencies } from "./recording/phase-recorder.ts";
export type { Slice } from "./recording/slice-recorder.ts";
export type { UnitKind, WorkloadChecks } from "./workload.ts";
export type { WorkloadPlan } from "./workloads/create-workload.ts";
export type { HttpPlan, HttpPlanBody, HttpPlanRequest } from "./workloads/http-plan.ts";
export type { UploadPlan } from "./workloads/upload-plan.ts";
export { parseExpectedStatus } from "./workloads/expected-status.ts";
export { parseTargets, type TargetEntry } from "./workloads/parse-targets.ts";
export type { StreamSummary } from "./streams/stream-recorder.ts";
export type { HttpVersion } from "./http/connection.ts";
export { readOpenFilesLimit, type OpenFilesLimit } from "./platform/open-files.ts";
export { parseHttpTarget, splitRequestUrl, toUnixUrl, type HttpTarget } from "./http/http-target.ts";
