import type { StopPoint } from "@weir/load";
import { samplesNeeded } from "@weir/stats";
import { formatCount, formatDuration, formatMs, formatNumber, formatShare } from "./format-number.ts";
import type { RunSummary } from "./run-record.ts";

/** What a run read, as one sentence: `24.3 texts/s at 4 users: half the requests took under 310 ms, ...; no errors.` */
export function describeResult(summary: RunSummary, load: string): string {
  if (summary.completed === 0) return `${capitalise(describeNothing(summary))}.`;
  const cutOff = describeCutOff(summary);
  return `${describeRate(summary, load)}: ${describeLatency(summary)}${describeFirstTokens(summary)}; ${cutOff}${describeFailures(summary, cutOff !== "")}.`;
}

// A rate of tokens that nobody counted would read as none at all.
function describeRate({ units, completed, requestsPerSecond, tokens }: RunSummary, load: string): string {
  // `200 requests/s completed of 200 requests/s (constant)`: two rates of the same thing are told apart.
  if (units.kind === "requests" && load.includes("requests/s"))
    return `${formatNumber(units.perSecond)} requests/s completed of ${load}`;
  if (units.kind !== "tokens") return `${formatNumber(units.perSecond)} ${units.kind}/s at ${load}`;
  if (tokens === null) return `${formatNumber(requestsPerSecond)} requests/s (tokens not counted) at ${load}`;
  const { usageKnownOf } = tokens;
  const known =
    usageKnownOf < completed
      ? ` (counted in ${usageKnownOf.toLocaleString("en-US")} of ${completed.toLocaleString("en-US")} answers)`
      : "";
  return `${formatNumber(units.perSecond)} tokens/s${known} at ${load}`;
}

/** Why a run has ended early or has no figures, as one sentence. */
export function describeEnd(summary: RunSummary): string {
  const { end } = summary;
  const afterMs = summary.window.endMs;
  const phase = summary.measured === "warm-up" ? ", during the warm-up" : "";
  const first = firstFailure(summary);
  switch (end.kind) {
    case "not-started":
      return `The target could not be measured: ${end.message}${/[.!?]$/.test(end.message) ? "" : "."}`;
    case "interrupted":
      return `Interrupted after ${formatDuration(afterMs)}${phase}.`;
    case "finished":
      return `The target could not be measured: ${describeNothing(summary)} in ${formatDuration(afterMs)}${first}.`;
    case "stopped":
      switch (end.reason.kind) {
        case "target-unreachable":
          return `The target could not be reached${first}.`;
        case "nothing-worked":
          return `The target could not be measured: not one of ${formatCount(end.reason.failuresInARow, "request")} succeeded${first}. ${goOn}`;
        case "target-lost":
          return `The target stopped answering after ${formatDuration(afterMs)}${first}. ${goOn}`;
        case "too-many-failures":
          return `Stopped after ${formatDuration(afterMs)} at ${formatCount(end.reason.failures, "failure")}${describePoint(end.at)}${first}.`;
        case "too-many-failures-in-a-row":
          return `Stopped after ${formatDuration(afterMs)} at ${formatCount(end.reason.failuresInARow, "failure")} in a row${describePoint(end.at)}${first}.`;
        case "error-rate":
          return `Stopped after ${formatDuration(afterMs)}: ${end.reason.failures} of ${formatCount(end.reason.requests, "request")} failed within ${formatDuration(end.reason.windowMs)}${describePoint(end.at)}${first}.`;
        case "failing":
          return `The target answered nothing but errors from some moment on, so the run was stopped after ${formatDuration(afterMs)}${first}. ${goOn}`;
      }
  }
}

/** What to do where a run was ended by a rule that nobody asked for. */
const goOn = "A run goes on whatever fails with --stop-failures 0.";

/** The sentence of a run for a measurement that has no such flag. */
export function withoutRunAdvice(sentence: string): string {
  return sentence.replace(` ${goOn}`, "");
}

// Where a rule ended a run: ` (1.5 % of 340 requests; 12 at once)`.
function describePoint(at: StopPoint): string {
  return ` (${formatShare(at.failureShare)} of ${formatCount(at.requests, "request")}; ${at.users.toLocaleString("en-US")} at once)`;
}

function describeLatency(summary: RunSummary): string {
  const { response } = summary.latencyMs;
  const { n, p50, p95, max, censored } = response;
  const atLeast = censored?.atLeast ?? {};
  const slowestMs = max ?? atLeast.max;
  if (slowestMs === undefined) return "no latency was recorded";
  if (n === 1 && p50 !== null) return `the one request took ${formatMs(p50)}`;
  const half =
    p50 === null
      ? `half the requests took ${formatMs(atLeast.p50 ?? 0)} or more`
      : `half the requests took under ${formatMs(p50)}`;
  if (p95 !== null) return `${half}, 95 % under ${formatMs(p95)}`;
  if (atLeast.p95 !== undefined) return `${half}, the slowest 5 % ${formatMs(atLeast.p95)} or more`;
  const slowest = max === null ? `at least ${formatMs(slowestMs)}` : formatMs(max);
  return `${half}, the slowest of ${n + (max === null ? (censored?.n ?? 0) : 0)} took ${slowest} (a 95 % figure needs ${samplesNeeded.p95})`;
}

// What was cut off matters where it had waited unusually long, or was enough of it to move a figure.
function describeCutOff({ cutOffs, latencyMs, silence, offered }: RunSummary): string {
  const { mean: _, max: __, ...moved } = latencyMs.response.censored?.atLeast ?? {};
  const matters = cutOffs !== null && (cutOffs.overdue > 0 || Object.keys(moved).length > 0);
  const unanswered = matters
    ? `${cutOffs.ageMs.n.toLocaleString("en-US")} of ${formatCount(Math.max(offered, cutOffs.ageMs.n), "request")} had no answer when the run ended, after up to ${formatMs(cutOffs.ageMs.max ?? 0)}; `
    : "";
  if (silence === null) return unanswered;
  return `${unanswered}nothing was answered for ${formatDuration(silence.endMs - silence.startMs)} from ${formatDuration(silence.startMs)} on; `;
}

function describeFirstTokens({ ttftMs }: RunSummary): string {
  if (ttftMs === null || ttftMs.n === 1) return "";
  const { p50, p95 } = ttftMs.censored?.atLeast ?? {};
  if (p50 !== undefined) return `, half the first tokens took ${formatMs(p50)} or more`;
  if (ttftMs.p50 === null) return "";
  if (p95 !== undefined)
    return `, half the first tokens came within ${formatMs(ttftMs.p50)}, the last 5 % took ${formatMs(p95)} or more`;
  const half = `, half the first tokens came within ${formatMs(ttftMs.p50)}`;
  return ttftMs.p95 === null ? half : `${half}, 95 % within ${formatMs(ttftMs.p95)}`;
}

function describeFailures(summary: RunSummary, ofAnswers: boolean): string {
  const { total, byKind } = summary.failed;
  if (total === 0) return ofAnswers ? "no errors among the answers" : "no errors";
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
  // A message of several lines is shown whole among the errors.
  return first === undefined ? "" : `: ${first.firstMessage.replaceAll(/\s*\n\s*/g, " ").trim()}`;
}

function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
