import { samplesNeeded, type Distribution } from "@weir/stats";
import { formatMs, formatNumber, formatShare } from "./format-number.ts";
import type { Limit, TimeMetric } from "./limit.ts";
import type { RunSummary } from "./run-record.ts";

/** How a run stands to a limit. */
export type LimitJudgement =
  | { readonly kind: "kept" }
  | { readonly kind: "missed"; readonly reason: string }
  /** There is no figure to hold against it. */
  | { readonly kind: "inconclusive"; readonly reason: string };

const kept: LimitJudgement = { kind: "kept" };

export function judgeLimit(limit: Limit, summary: RunSummary): LimitJudgement {
  switch (limit.kind) {
    case "errors": {
      const failed = summary.failed.total;
      const ended = summary.completed + failed;
      const share = ended === 0 ? 0 : failed / ended;
      return compare(share, limit.comparison, limit.share)
        ? kept
        : missed(`${formatShare(share)} of requests failed`, limit);
    }
    case "rate": {
      const rate = limit.metric === "requests" ? summary.requestsPerSecond : summary.units.perSecond;
      const name = limit.metric === "requests" ? "requests" : summary.units.kind;
      return compare(rate, limit.comparison, limit.perSecond)
        ? kept
        : missed(`${formatNumber(rate)} ${name}/s were completed`, limit);
    }
    case "time":
      return judgeTime(limit, findDistribution(limit.metric, summary));
  }
}

function judgeTime(limit: Extract<Limit, { kind: "time" }>, of: Distribution | null): LimitJudgement {
  const name = `${limit.metric}.${limit.statistic}`;
  if (of === null)
    return inconclusive(`this run has no ${limit.metric} times, so nothing can be said of ${limit.text}`);
  const ms = of[limit.statistic];
  if (ms === null) {
    const needed = limit.statistic in samplesNeeded ? samplesNeeded[limit.statistic as "p95"] : 1;
    return inconclusive(
      `${name} needs ${needed.toLocaleString("en-US")} completed requests and there were ${of.n.toLocaleString("en-US")}, so nothing can be said of ${limit.text}`,
    );
  }
  return compare(ms, limit.comparison, limit.ms) ? kept : missed(`${name} was ${formatMs(ms)}`, limit);
}

function findDistribution(metric: TimeMetric, summary: RunSummary): Distribution | null {
  switch (metric) {
    case "response":
    case "service":
    case "lag":
      return summary.latencyMs[metric];
    case "ttft":
      return summary.ttftMs;
    case "ttfo":
      return summary.ttfoMs;
    case "tpot":
      return summary.tpotMs;
    case "gap":
      return summary.chunkGapMs;
    case "server":
      return summary.serverMs;
  }
}

function compare(value: number, comparison: "<" | "<=" | ">" | ">=", bound: number): boolean {
  switch (comparison) {
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
  }
}

function missed(was: string, limit: Limit): LimitJudgement {
  return { kind: "missed", reason: `${was}, the limit is ${limit.text}` };
}

function inconclusive(reason: string): LimitJudgement {
  return { kind: "inconclusive", reason };
}
