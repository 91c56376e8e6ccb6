export { startRun, type FinishedRun, type StartRunOptions } from "./run/start-run.ts";
export type {
  ChatLoadRequest,
  MixedRequest,
  ConnectionRequest,
  PresetChoice,
  RunRequest,
  RunTarget,
  SingleWorkloadRequest,
  WorkloadRequest,
} from "./run/run-request.ts";
export { defaultLimit, parseLimit, type Limit } from "./record/limit.ts";
export { describeSizeSlope } from "./record/size-slope.ts";
export { describeSchedule } from "./record/describe-schedule.ts";
export {
  runSchemaVersion,
  verdictExitCodes,
  type RecordedGenerator,
  type RecordedPlan,
  type RecordedSchedule,
  type RecordedTokens,
  type RunEnvironment,
  type RunRecord,
  type RunSummary,
  type RunVerdict,
  type RunVerdictKind,
  type SizeSlope,
} from "./record/run-record.ts";
export type {
  MetricLevel,
  RecordedMetrics,
  RecordedProcess,
  RecordedServer,
  RecordedTogether,
  RecordedWhere,
  ServerTime,
  TimePart,
} from "./server-side/server-record.ts";
export type { ServerSideRequest } from "./server-side/watch-server.ts";
export type { RecordHead, RecordKind, RecordVerdict } from "./record/record-head.ts";
export { encodeRecord } from "./record/write-record.ts";
export type { Cell, DataColumn, DataRow, DataTable } from "./tables/data-table.ts";
export { showCells } from "./tables/show-cells.ts";
export { startCompare, type FinishedCompare, type StartCompareOptions } from "./compare/start-compare.ts";
export { compareStored, type StoredCompareRequest } from "./compare/compare-stored.ts";
export type { CompareProgress } from "./compare/compare-progress.ts";
export type { CompareRequest, SideRequest } from "./compare/compare-request.ts";
export {
  compareExitCodes,
  type CompareRecord,
  type CompareVerdict,
  type CompareVerdictKind,
  type ComparedRound,
  type ComparedSide,
  type MetricComparison,
} from "./compare/compare-record.ts";
export { chooseRoundMetrics } from "./compare/choose-round-metrics.ts";
export { choosePrimary, parseComparedMetric, type ComparedMetric } from "./compare/compared-metric.ts";
export { describeMetricName } from "./compare/describe-metric-name.ts";
export { formatChangeInterval, formatSignedChange } from "./compare/format-change.ts";
export { encodeFileReport, type FileReport } from "./compare/files/file-report.ts";
export { toFileTables } from "./compare/files/to-file-tables.ts";
export { toCompareTables } from "./compare/to-compare-tables.ts";
export { toRunTable } from "./record/to-run-table.ts";
export { encodeCsv } from "./tables/encode-csv.ts";
export { encodeJunit, type JunitCase } from "./tables/encode-junit.ts";
export type { CheckRow, Suite, SuiteContext, SuiteSetting } from "./check/suite.ts";
export { builtInSuites } from "./check/built-in-suites.ts";
export { runSuite, type FinishedCheck, type RunSuiteOptions } from "./check/run-suite.ts";
export type {
  CheckRecord,
  CheckVerdictKind,
  RecordedBaseline,
  RecordedCheckRow,
  RowComparison,
} from "./check/check-record.ts";
export { readBaseline, saveBaseline, type BaselineEntry } from "./check/baseline-file.ts";
export type { BaselineChoice } from "./check/compare-baseline.ts";
export { toRunRows, type RowsOf } from "./check/to-run-rows.ts";
export { toCheckTable } from "./check/to-check-table.ts";
export { toJunitCases } from "./check/to-junit-cases.ts";
export { encodeMarkdownTable, escapeMarkdown } from "./tables/encode-markdown.ts";
export { turnTable } from "./tables/turn-table.ts";
export { startTarget, type StartedTarget, type StartTargetOptions } from "./target/start-target.ts";
export { formatCount, formatDuration, formatMs, formatNumber, formatShare } from "./record/format-number.ts";
export { readTexts } from "./texts/read-texts.ts";
export { createBuiltInTexts } from "./texts/built-in-texts.ts";
export { splitText } from "./texts/split-text.ts";
export type { TextSet } from "./texts/text-set.ts";
export { readPrompts } from "./prompts/read-prompts.ts";
export type { PromptSet } from "./prompts/prompt-set.ts";
export { detectEmbeddingDialect, type DetectedDialect } from "./probe/detect-embedding-dialect.ts";
export { detectChatDialect, type DetectedChat } from "./probe/detect-chat-dialect.ts";
export { examineTarget, type Examination, type ExamineOptions } from "./probe/examine-target.ts";
export type { Check, CheckState } from "./probe/check.ts";
export type { ProbeOptions } from "./probe/probe-target.ts";
export { describeDefinitions, describeTool, toImportTable } from "./imports/describe-import.ts";
export {
  importedTools,
  type ImportedDefinition,
  type ImportedTool,
  type ImportRecord,
} from "./imports/import-record.ts";
export { importResults, type ImportedResult, type ImportRequest } from "./imports/import-results.ts";
export { parseRecord, type ParsedRecord, type StoredRecord } from "./store/parse-record.ts";
export { scanRuns, type ReadRun, type ScanOptions, type UnreadableRun } from "./store/scan-runs.ts";
export { listRuns, type ListedRun, type StoredRun } from "./store/list-runs.ts";
export { filterRuns, type RunFilter } from "./store/filter-runs.ts";
export { completeRunRecord } from "./store/complete-run-record.ts";
export { findRun } from "./store/find-run.ts";
export { readTag, writeNotes, type RunNotes } from "./store/run-notes.ts";
export {
  deleteRun,
  findUnfinished,
  measureFolder,
  planPrune,
  type PrunePlan,
  type PruneRequest,
} from "./store/prune-runs.ts";
export { toRunsData, toRunsTable } from "./store/to-runs-table.ts";
export { describeForeignFigures, toSideBySide } from "./store/to-side-by-side.ts";
export { queryRuns, type QueryAnswer, type QueryOptions, type QueryValue } from "./store/query/query-runs.ts";
export { storeViews, type StoreView } from "./store/query/store-views.ts";
export { startSweep, type FinishedSweep, type StartSweepOptions } from "./sweep/start-sweep.ts";
export type { SweepProgress } from "./sweep/sweep-rounds.ts";
export type { ConfirmationBudget, SweepRequest, SweepSource } from "./sweep/sweep-request.ts";
export type { SweepRecord } from "./sweep/sweep-record.ts";
export type { SweepThresholds } from "./sweep/red-flag.ts";
export { describeSettings, type AxisName, type SweepCase, type SweepSettings } from "./sweep/sweep-case.ts";
export { axesOf, createMatrix, type SweepKind, type SweepMatrix } from "./sweep/sweep-matrix.ts";
export { countRequests, type VisitBudget } from "./sweep/visit-plan.ts";
export { defaultChoice } from "./sweep/confirmation.ts";
export { sweepFlagOf } from "./sweep/next-command.ts";
export { toCaseTable, toProjectionTable, toRecommendationTable, useNames } from "./sweep/sweep-tables.ts";
export { findCapacity } from "./capacity/find-capacity.ts";
export type {
  CapacityRequest,
  CapacityTurn,
  FindCapacityOptions,
  FinishedCapacity,
} from "./capacity/capacity-request.ts";
export type {
  Capacity,
  CapacityPlan,
  CapacityProbeRecord,
  CapacityRecord,
} from "./capacity/capacity-record.ts";
export { describeLevel } from "./capacity/describe-capacity.ts";
export { probesInOrder, toCapacityTable } from "./capacity/to-capacity-table.ts";
export { describeGain } from "./sweep/judge-sweep.ts";
export {
  startCalibration,
  type CalibrateRequest,
  type FinishedCalibration,
} from "./calibrate/start-calibration.ts";
export type { CalibrateRecord } from "./calibrate/calibrate-record.ts";
export { readCalibration } from "./calibrate/calibration-file.ts";
export type { Calibration, QuotedCalibration } from "./calibrate/calibration.ts";
export { toCalibrationTable } from "./calibrate/to-calibration-table.ts";
