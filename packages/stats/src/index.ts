export { Histogram, histogramRelativeError, type EncodedHistogram } from "./histogram.ts";
export { minimumSamples } from "./minimum-samples.ts";
export type { Censored, CensoredFigure } from "./censored-distribution.ts";
export { samplesNeeded, toDistribution, type Distribution } from "./distribution.ts";
export { createPermutation, createRandom, type RandomSource } from "./random.ts";
export { contentHash } from "./content-hash.ts";
export type { ArrivalProcess } from "./arrival-process.ts";
export {
  appendSegment,
  createSchedule,
  scheduleLengthMs,
  type ClosedLoopSchedule,
  type OpenLoopSchedule,
  type PacedSchedule,
  type Schedule,
  type ScheduleOptions,
  type ScheduleSegment,
} from "./schedule.ts";
export { createClosedLoopSchedule, requestOrder } from "./closed-loop-schedule.ts";
export { ArrivalSequence, type WorkerSlice } from "./arrival-sequence.ts";
export { userChanges, type UserChange } from "./user-changes.ts";
export { nextDueMs, slotsBetween, type Overrun, type Pace, type Turn } from "./pace.ts";
export { shareEvidence } from "./capacity/evidence.ts";
export { toThreeDigits, type CapacityProbe, type CapacitySearch } from "./capacity/capacity-probe.ts";
export {
  concludeCapacity,
  nextCapacityStep,
  wantedConfidence,
  type CapacityFound,
  type CapacityStep,
  type ProbePurpose,
} from "./capacity/capacity-step.ts";
export {
  judgeRounds,
  type ComparisonVerdict,
  type JudgeOptions,
  type Judgement,
} from "./comparison/judge-rounds.ts";
export { intervalOfDifferences } from "./comparison/interval-of-differences.ts";
export { intervalOfRounds } from "./comparison/interval-of-rounds.ts";
export {
  compareFigures,
  type CompareFiguresOptions,
  type FigureComparison,
} from "./baseline/compare-figures.ts";
export { fitSlope, type FittedSlope } from "./trend/fit-slope.ts";
export { rankCorrelation, type RankCorrelation } from "./trend/rank-correlation.ts";
export { LineSums, type EncodedLineSums, type FittedLine } from "./trend/line-sums.ts";
export { estimateGain, type Gain, type GainRound } from "./sweep/gain.ts";
export { summariseRepeats, type RateInterval, type RepeatedRate } from "./sweep/rate-over-repeats.ts";
export { failureLogRatio, type FailurePoint } from "./comparison/failure-ratio.ts";
export { roundOrder } from "./comparison/round-order.ts";
