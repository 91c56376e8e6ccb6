import { samplesNeeded, type Distribution } from "@weir/stats";
import { formatCount, formatDuration, formatMs, formatNumber, formatShare } from "./format-number.ts";
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
    case "errors":
      return judgeErrors(limit, summary);
    case "rate":
      return judgeRate(limit, summary);
    case "time":
      return judgeTime(limit, summary);
  }
}

// Who was cut off long after an answer was usual may be an error or not: the share lies between two bounds.
function judgeErrors(limit: Extract<Limit, { kind: "errors" }>, summary: RunSummary): LimitJudgement {
  const { cutOffs, silence, completed, window } = summary;
  const failed = summary.failed.total;
  const ended = completed + failed;
  const unknown = cutOffs?.overdue ?? 0;
  const share = ended === 0 ? 0 : failed / ended;
  const within = (errors: number, of: number): boolean =>
    compare(of === 0 ? 0 : errors / of, limit.comparison, limit.share);
  if (!within(failed, ended + unknown)) return missed(`${formatShare(share)} of requests failed`, limit);
  if (!within(failed + unknown, ended + unknown))
    return inconclusive(
      `${formatCount(unknown, "request")} had waited far longer than usual when the run ended (up to ${formatDuration(cutOffs?.ageMs.max ?? 0)}), and whether they are errors is unknown, so nothing can be said of ${limit.text}`,
    );
  // Users who wait send nothing: however few they are, they are all there was to come.
  if (silence !== null && silence.endMs >= window.endMs)
    return inconclusive(
      `nothing was answered in the last ${formatDuration(silence.endMs - silence.startMs)}, so nothing can be said of ${limit.text}`,
    );
  return within(failed, ended) ? kept : missed(`${formatShare(share)} of requests failed`, limit);
}

function judgeRate(limit: Extract<Limit, { kind: "rate" }>, summary: RunSummary): LimitJudgement {
  const { units, requestsPerSecond, tokens, completed } = summary;
  const judge = (rate: number, what: string): LimitJudgement =>
    compare(rate, limit.comparison, limit.perSecond)
      ? kept
      : missed(`${formatNumber(rate)} ${what}/s were completed`, limit);
  const judgeTokens = (): LimitJudgement => {
    if (tokens === null)
      return inconclusive(`the server does not count its tokens, so nothing can be said of ${limit.text}`);
    const judged = judge(tokens.outputPerSecond, "output tokens");
    // What was counted is a lower bound: it can keep a least rate, and not miss it.
    return judged.kind === "missed" && tokens.usageKnownOf < completed
      ? inconclusive(
          `the server counted its tokens in ${tokens.usageKnownOf.toLocaleString("en-US")} of ${completed.toLocaleString("en-US")} answers only, so nothing can be said of ${limit.text}`,
        )
      : judged;
  };
  switch (limit.metric) {
    case "requests":
      return judge(requestsPerSecond, "requests");
    case "units":
      return units.kind === "tokens" ? judgeTokens() : judge(units.perSecond, units.kind);
    case "tokens":
      return judgeTokens();
  }
}

function judgeTime(limit: Extract<Limit, { kind: "time" }>, summary: RunSummary): LimitJudgement {
  const name = `${limit.metric}.${limit.statistic}`;
  const of = findDistribution(limit.metric, summary);
  if (of === null)
    return inconclusive(`${explainAbsence(limit.metric, summary)}, so nothing can be said of ${limit.text}`);
  const ms = of[limit.statistic];
  const atLeastMs = of.censored?.atLeast[limit.statistic];
  if (atLeastMs !== undefined) {
    const figure = `${name} was at least ${formatMs(atLeastMs)}`;
    return compare(atLeastMs, limit.comparison, limit.ms)
      ? inconclusive(
          `${figure}: ${formatCount(of.censored!.n, "request")} had no answer when the run ended, after up to ${formatMs(of.censored!.max)}, so nothing can be said of ${limit.text}`,
        )
      : missed(figure, limit);
  }
  if (ms === null) {
    const needed = limit.statistic in samplesNeeded ? samplesNeeded[limit.statistic as "p95"] : 1;
    return inconclusive(
      `${name} needs ${needed.toLocaleString("en-US")} ${samplesOf[limit.metric]} and there were ${of.n.toLocaleString("en-US")}, so nothing can be said of ${limit.text}`,
    );
  }
  return compare(ms, limit.comparison, limit.ms) ? kept : missed(`${name} was ${formatMs(ms)}`, limit);
}

/** What one sample of a time is. */
const samplesOf: Readonly<Record<TimeMetric, string>> = {
  response: "completed requests",
  service: "completed requests",
  lag: "completed requests",
  ttft: "answers with a token",
  ttfo: "answers with visible text",
  tpot: "answers of two tokens or more that the server counted",
  gap: "gaps between chunks",
  server: "answers in which the server says how long it took",
};

/** Why a run has no such times at all. */
export function explainAbsence(metric: TimeMetric, summary: RunSummary): string {
  if (summary.completed === 0) return "not one request was completed";
  switch (metric) {
    case "server":
      return "the server does not say how long it took";
    case "tpot":
      return summary.tokens === null
        ? "the server does not count its tokens, so there is no time of one"
        : "not one answer had two tokens";
    case "ttfo":
      return "not one answer had text that a user sees";
    case "gap":
      return "not one answer had two chunks";
    case "ttft":
      return "not one answer had a token";
    case "response":
    case "service":
    case "lag":
      return `this run has no ${metric} times`;
  }
}

/** The times of this name; null where the run has none. */
export function findDistribution(metric: TimeMetric, summary: RunSummary): Distribution | null {
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
