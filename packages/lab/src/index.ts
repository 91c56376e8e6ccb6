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
} from "./record/run-record.ts";
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
export { choosePrimary, parseComparedMetric, type ComparedMetric } from "./compare/compared-metric.ts";
export { describeMetricName } from "./compare/describe-metric-name.ts";
export { formatChangeInterval, formatSignedChange } from "./compare/format-change.ts";
export { toCompareTables } from "./compare/to-compare-tables.ts";
export { toRunTable } from "./record/to-run-table.ts";
export { encodeCsv } from "./tables/encode-csv.ts";
export { encodeJunit, type JunitCase } from "./tables/encode-junit.ts";
export type { CheckRow, Suite, SuiteContext } from "./check/suite.ts";
export { encodeMarkdownTable, escapeMarkdown } from "./tables/encode-markdown.ts";
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
