import type { CompareRequest } from "./compare-request.ts";
import { chooseMetrics, choosePrimary, parseComparedMetric } from "./compared-metric.ts";
import { failureMetrics, type RoundMetric } from "./failure-metrics.ts";
import { fileMetric, tellsFilesApart } from "./files/file-metric.ts";

/** What a comparison is by, the metric that the verdict is on first. */
export function chooseRoundMetrics({
  a,
  metric,
  toFailure,
}: Pick<CompareRequest, "a" | "metric" | "toFailure">): readonly [RoundMetric, ...RoundMetric[]] {
  if (toFailure === true) return failureMetrics;
  const [primary, ...others] = chooseMetrics(metric ?? choosePrimary(a.run), a.run);
  if (!tellsFilesApart(a.run.workload)) return [primary!, ...others];
  const ofFiles = chooseMetrics(metric ?? parseComparedMetric("response.mean"), a.run);
  return metric === undefined ? [fileMetric, ...ofFiles] : [ofFiles[0]!, fileMetric, ...ofFiles.slice(1)];
}
