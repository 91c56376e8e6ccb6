import { toDistribution, type Distribution, type EncodedHistogram } from "@weir/stats";
import type { EncodedPhase } from "../recording/phase-recorder.ts";
import { judgeGenerator, mergeHealth, type GeneratorHealth } from "./generator-health.ts";
import type { PartResult } from "./part-result.ts";
import { mergeHistograms } from "./progress-view.ts";

/**
 * Judges each worker by what it measured itself, and the run by all of them.
 * @param phases what each worker recorded, in the order of `parts`
 * @param lagMs of all requests together
 * @param machineLimits limits of this machine that requests failed at
 */
export function judgeWorkers(
  parts: readonly PartResult[],
  phases: readonly EncodedPhase[],
  lagMs: Distribution,
  machineLimits: readonly string[],
): GeneratorHealth {
  const workers = parts.map(({ generator }, index) => {
    const { latencyMs, streams } = phases[index]!.whole;
    return judgeGenerator(generator, toDistribution(mergeHistograms([latencyMs.lag])), {
      service: toDistribution(mergeHistograms([latencyMs.service])),
      ttft: toTimes(streams.times["ttftMs"]),
      chunkGap: toTimes(streams.times["chunkGapMs"]),
      tpot: toTimes(streams.times["tpotMs"]),
    });
  });
  const late = new Set(parts.map((part) => part.scheduleHash)).size > 1;
  const ownLagMs = toDistribution(mergeHistograms(parts.map((part) => part.generator.ownLagMs)));
  return mergeHealth(workers, lagMs, ownLagMs, [
    ...machineLimits,
    ...(late ? ["a segment of the schedule reached one worker after its share had ended"] : []),
  ]);
}

function toTimes(encoded: EncodedHistogram | null | undefined): Distribution | null {
  return encoded === null || encoded === undefined ? null : toDistribution(mergeHistograms([encoded]));
}
