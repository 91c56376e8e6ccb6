export { Histogram, histogramRelativeError, type EncodedHistogram } from "./histogram.ts";
export { minimumSamples } from "./minimum-samples.ts";
export { samplesNeeded, toDistribution, type Distribution } from "./distribution.ts";
export { createPermutation, createRandom, type RandomSource } from "./random.ts";
export { contentHash } from "./content-hash.ts";
export { createClosedLoopSchedule, requestOrder, type ClosedLoopSchedule } from "./closed-loop-schedule.ts";
