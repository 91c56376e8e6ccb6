import type { StopPoint } from "@weir/load";
import { samplesNeeded } from "@weir/stats";
import { formatCount, formatDuration, formatMs, formatNumber, formatShare } from "./format-number.ts";
import type { RunSummary } from "./run-record.ts";

/** What a run read, as one sentence: `24.3 texts/s at 4 users: half the requests took under 310 ms, ...; no errors.` */
export function describeResult(summary: RunSummary, load: string): string {
  if (summary.completed === 0) return `${describeNothing(summary)}.`;
  return `${describeRate(summary)} at ${load}: ${describeLatency(summary)}${describeFirstTokens(summary)}; ${describeFailures(summary)}.`;
}

// A rate of tokens that nobody counted would read as none at all.
function describeRate({ units, completed, requestsPerSecond, tokens }: RunSummary): string {
  if (units.kind !== "tokens") return `${formatNumber(units.perSecond)} ${units.kind}/s`;
  if (tokens === null) return `${formatNumber(requestsPerSecond)} requests/s (tokens not counted)`;
  const { usageKnownOf } = tokens;
  const known =
    usageKnownOf < completed
      ? ` (counted in ${usageKnownOf.toLocaleString("en-US")} of ${completed.toLocaleString("en-US")} answers)`
      : "";
  return `${formatNumber(units.perSecond)} tokens/s${known}`;
}

/** Why a run has ended early or has no figures, as one sentence. */
export function describeEnd(summary: RunSummary): string {
  const { end } = summary;
  const afterMs = summary.window.endMs;
  const first = firstFailure(summary);
  switch (end.kind) {
    case "not-started":
      return `The target could not be measured: ${end.message}${/[.!?]$/.test(end.message) ? "" : "."}`;
    case "interrupted":
      return `Interrupted after ${formatDuration(afterMs)}.`;
    case "finished":
      return `The target could not be measured: ${describeNothing(summary)} in ${formatDuration(afterMs)}${first}.`;
    case "stopped":
      switch (end.reason.kind) {
        case "target-unreachable":
          return `The target could not be reached${first}.`;
        case "nothing-worked":
          return `The target could not be measured: not one of ${formatCount(end.reason.failuresInARow, "request")} succeeded${first}.`;
        case "target-lost":
          return `The target stopped answering after ${formatDuration(afterMs)}${first}.`;
        case "too-many-failures":
          return `Stopped after ${formatDuration(afterMs)} at ${formatCount(end.reason.failures, "failure")}${describePoint(end.at)}${first}.`;
        case "too-many-failures-in-a-row":
          return `Stopped after ${formatDuration(afterMs)} at ${formatCount(end.reason.failuresInARow, "failure")} in a row${describePoint(end.at)}${first}.`;
        case "error-rate":
          return `Stopped after ${formatDuration(afterMs)}: ${end.reason.failures} of ${formatCount(end.reason.requests, "request")} failed within ${formatDuration(end.reason.windowMs)}${describePoint(end.at)}${first}.`;
        case "failing":
          return `The target answered nothing but errors from some moment on, so the run was stopped after ${formatDuration(afterMs)}${first}.`;
      }
  }
}

// Where a rule ended a run: ` (1.5 % of 340 requests; 12 at once)`.
function describePoint(at: StopPoint): string {
  return ` (${formatShare(at.failureShare)} of ${formatCount(at.requests, "request")}; ${at.users.toLocaleString("en-US")} at once)`;
}

function describeLatency(summary: RunSummary): string {
  const { response } = summary.latencyMs;
  const { n, p50, p95, max } = response;
  if (p50 === null || max === null) return "no latency was recorded";
  if (n === 1) return `the one request took ${formatMs(max)}`;
  const half = `half the requests took under ${formatMs(p50)}`;
  return p95 === null
    ? `${half}, the slowest of ${n} took ${formatMs(max)} (a 95 % figure needs ${samplesNeeded.p95})`
    : `${half}, 95 % under ${formatMs(p95)}`;
}

function describeFirstTokens({ ttftMs }: RunSummary): string {
  if (ttftMs === null || ttftMs.p50 === null || ttftMs.n === 1) return "";
  const half = `, half the first tokens came within ${formatMs(ttftMs.p50)}`;
  return ttftMs.p95 === null ? half : `${half}, 95 % within ${formatMs(ttftMs.p95)}`;
}

function describeFailures(summary: RunSummary): string {
  const { total, byKind } = summary.failed;
  if (total === 0) return "no errors";
  const share = formatShare(total / (total + summary.completed));
  const [kind] = Object.keys(byKind);
  const others = Object.keys(byKind).length > 1;
  return `${formatCount(total, "request")} failed (${share}${kind === undefined ? "" : `, ${others ? "mostly " : ""}${kind}`})`;
}

function describeNothing(summary: RunSummary): string {
  const failed = summary.failed.total;
  if (failed > 0)
    return failed === 1 ? "the one request failed" : `all ${formatCount(failed, "request")} failed`;
  return summary.cutOff > 0 ? "no request was answered" : "nothing was sent";
}

function firstFailure(summary: RunSummary): string {
  const [first] = Object.values(summary.failed.byKind);
  return first === undefined ? "" : `: ${first.firstMessage}`;
}
