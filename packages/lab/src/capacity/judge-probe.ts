import { Histogram, shareEvidence, toDistribution, type Distribution } from "@weir/stats";
import { formatCount, formatMs, formatShare } from "../record/format-number.ts";
import { findDistribution, judgeLimit } from "../record/judge-limit.ts";
import type { Limit } from "../record/limit.ts";
import type { RunSummary } from "../record/run-record.ts";
import { findErrorsLimit } from "./capacity-limits.ts";

/** What a probe says of its limits. */
export type JudgedProbe =
  | {
      readonly kind: "judged";
      /** Standard errors by which the limits were missed (above 0) or kept (below 0). */
      readonly evidence: number;
      /** The limit that was nearest to being missed, or missed by most. */
      readonly bindingLimit: string;
      /** What was measured of it: `p95 910 ms`. */
      readonly figure: string;
    }
  | { readonly kind: "unknown"; readonly why: string };

/** Enough for any doubt of a single probe; more would say nothing. */
const clear = 9;
const nothing = toDistribution(new Histogram());
/** A share that is to be 0 is held to this: no number of samples shows that something never happens. */
const leastShare = 1e-4;

/**
 * How clearly a probe keeps or misses its limits. All of them must hold, so the worst one decides; errors count also
 * where no limit is about them, once they are too many. Where there are too few samples for a percentile, those that there are still say something: 20 of 20 within a limit on p95 speak for it.
 */
export function judgeProbe(summary: RunSummary, limits: readonly Limit[]): JudgedProbe {
  const judged = limits.map((limit) => judgeOne(limit, summary));
  const worst = judged
    .filter((each) => each.kind === "judged")
    .toSorted((a, b) => b.evidence - a.evidence)
    .at(0);
  const errors = judgeOne(findErrorsLimit(limits), summary);
  if (errors.kind === "judged" && errors.evidence > Math.max(0, worst?.evidence ?? 0)) return errors;
  const unknown = judged.find((each) => each.kind === "unknown");
  if (unknown !== undefined && (worst === undefined || worst.evidence <= 0)) return unknown;
  return worst ?? { kind: "unknown", why: "there is no limit to judge by" };
}

/**
 * What says that a rate was too much although its answers were still in time: more came due than was answered, beyond
 * what is under way at any moment. Undefined where the server kept up.
 */
export function judgeBacklog(summary: RunSummary): Extract<JudgedProbe, { kind: "judged" }> | undefined {
  const { offered, completed, failed, window, latencyMs } = summary;
  const missing = offered - completed - failed.total;
  const perMs = offered / Math.max(1, window.endMs - window.startMs);
  const typicalMs = latencyMs.response.mean ?? 0;
  // Little's law for what is under way, 5 % of what came due, and the chance of counting it.
  const usual = perMs * typicalMs + 0.05 * offered + 3 * Math.sqrt(offered);
  if (missing <= usual) return undefined;
  const figure = `${formatCount(missing, "request")} of ${offered.toLocaleString("en-US")} left unanswered`;
  return { kind: "judged", evidence: clear, bindingLimit: "keeps up with the rate", figure };
}

function judgeOne(limit: Limit, summary: RunSummary): JudgedProbe {
  const raw = limit.kind === "errors" ? errorEvidence(limit.share, summary) : timeEvidence(limit, summary);
  const judgement = judgeLimit(limit, summary);
  if (raw === undefined)
    return { kind: "unknown", why: judgement.kind === "kept" ? "nothing was answered" : judgement.reason };
  // Where the run's own verdict is clear, evidence that was read off between percentiles must not contradict it.
  const least = 0.1;
  const evidence =
    judgement.kind === "missed"
      ? Math.max(raw, least)
      : judgement.kind === "kept"
        ? Math.min(raw, -least)
        : raw;
  return {
    kind: "judged",
    evidence: Math.max(-clear, Math.min(clear, evidence)),
    bindingLimit: limit.text,
    figure: describeFigure(limit, summary),
  };
}

function errorEvidence(allowed: number, { completed, failed, cutOffs }: RunSummary): number | undefined {
  // Who waited far longer than usual when the run ended is no success.
  const errors = failed.total + (cutOffs?.overdue ?? 0);
  const ended = completed + errors;
  if (ended === 0) return undefined;
  const evidence = shareEvidence(errors, ended, Math.max(leastShare, allowed));
  // Failures come in crowds: some hundred requests without any are as good as thousands.
  return errors === 0 ? Math.min(evidence, -Math.min(3, Math.sqrt(ended) / 3)) : evidence;
}

const quantiles = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;

function timeEvidence(limit: Limit, summary: RunSummary): number | undefined {
  if (limit.kind !== "time") return undefined;
  const ages = summary.cutOffs?.ageMs;
  const times = findDistribution(limit.metric, summary) ?? nothingYet(limit.metric, summary);
  if (times === null) return undefined;
  const lateCutOffs = (times.censored?.n ?? 0) * (ages === undefined ? 0 : shareAbove(ages, limit.ms));
  const of = times.n + lateCutOffs;
  if (of < 1) return undefined;
  const over = times.n * shareAbove(times, limit.ms) + lateCutOffs;
  if (limit.statistic === "mean") return meanEvidence(times, limit.ms);
  if (limit.statistic === "max") return over > 0 ? clear : -Math.min(3, Math.sqrt(of) / 3);
  return shareEvidence(over, of, 1 - quantiles[limit.statistic]);
}

/** Where not one answer came, whoever still waited waited for a first token too. */
function nothingYet(metric: string, { completed, cutOffs }: RunSummary): Distribution | null {
  if (completed > 0 || cutOffs === null || !["ttft", "ttfo"].includes(metric)) return null;
  const { n, max } = cutOffs.ageMs;
  return { ...nothing, censored: { n, max: max ?? 0, atLeast: {} } };
}

// The spread is read off the percentiles, as if the times were normal.
function meanEvidence({ mean, p50, p95, max, n }: Distribution, boundMs: number): number {
  if (mean === null) return 0;
  const spread = Math.max(((p95 ?? max ?? mean) - (p50 ?? mean)) / 1.645, mean * 0.01);
  return ((mean - boundMs) * Math.sqrt(n)) / spread;
}

/** The share of samples above a bound, read off between the figures that there are. */
export function shareAbove(times: Distribution, boundMs: number): number {
  const known = [
    [times.min, 0],
    [times.p50, 0.5],
    [times.p90, 0.9],
    [times.p95, 0.95],
    [times.p99, 0.99],
    [times.p999, 0.999],
    [times.max, 1],
  ] as const;
  const points = known.filter((point): point is readonly [number, (typeof point)[1]] => point[0] !== null);
  const next = points.findIndex(([ms]) => ms > boundMs);
  if (next === -1) return 0;
  if (next === 0) return 1;
  const [[lowMs, low], [highMs, high]] = [points[next - 1]!, points[next]!];
  return 1 - (low + ((high - low) * (boundMs - lowMs)) / (highMs - lowMs));
}

/** The figure of the first limit on a time; the slowest where there are too few answers for it, null where there are none. */
export function limitedTime(limits: readonly Limit[], summary: RunSummary): number | null {
  const limit = limits.find((each) => each.kind === "time");
  if (limit === undefined) return null;
  const times = findDistribution(limit.metric, summary);
  if (times === null) return null;
  return times[limit.statistic] ?? times.censored?.atLeast[limit.statistic] ?? times.max;
}

function describeFigure(limit: Limit, summary: RunSummary): string {
  if (limit.kind === "errors") {
    const ended = summary.completed + summary.failed.total;
    return `${formatShare(ended === 0 ? 0 : summary.failed.total / ended)} failed`;
  }
  if (limit.kind === "rate") return "";
  const times = findDistribution(limit.metric, summary);
  const ms = times?.[limit.statistic];
  if (ms !== null && ms !== undefined) return `${limit.statistic} ${formatMs(ms)}`;
  const atLeastMs = times?.censored?.atLeast[limit.statistic];
  if (atLeastMs !== undefined) return `${limit.statistic} ${formatMs(atLeastMs)} or more`;
  return times === null || times.max === null
    ? "nothing was answered"
    : `slowest of ${times.n} ${formatMs(times.max)}`;
}
