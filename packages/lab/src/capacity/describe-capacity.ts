import { wantedConfidence } from "@weir/stats";
import { formatCount, formatNumber, formatShare } from "../record/format-number.ts";
import type { RecordVerdict } from "../record/record-head.ts";
import type { RunVerdictKind } from "../record/run-record.ts";
import type { Capacity, CapacityPlan, CapacityProbeRecord } from "./capacity-record.ts";
import type { CapacityOutcome } from "./capacity-request.ts";

/** An interval that is wider than this, as a ratio, is no answer. */
const widestAnswer = 1.25;

/** `48 users`, `73.4 requests/s`. */
export function describeLevel(level: number, of: "users" | "rate"): string {
  return of === "users" ? formatCount(level, "user") : `${formatNumber(level)} requests/s`;
}

/** The verdict on a search: the answer first, then what must be known of it. */
export function describeCapacity(
  plan: CapacityPlan,
  capacity: Capacity,
  probes: readonly CapacityProbeRecord[],
  outcome: CapacityOutcome,
): RecordVerdict<RunVerdictKind> {
  const { end } = outcome;
  const invalid = probes
    .filter((probe) => probe.outcome === "invalid" && probe.level > (capacity.lastPass ?? 0))
    .toSorted((a, b) => a.level - b.level)
    .at(0);
  if (end.kind === "not-measured") return { kind: "not-measured", sentence: end.why, reasons: [end.why] };
  if (end.kind === "interrupted") {
    const ending = `Interrupted after ${formatCount(probes.length, "probe")}.`;
    return {
      kind: "interrupted",
      sentence: `${ending} ${describeSoFar(plan, capacity, probes)}`,
      reasons: [ending],
    };
  }
  if (end.kind === "died") {
    const ending = `The server stopped working at ${describeLevel(end.level, plan.of)}.`;
    return {
      kind: "stopped",
      sentence: `${ending} ${describeSoFar(plan, capacity, probes)}`,
      reasons: [end.why],
    };
  }
  if (end.kind === "cut-short") {
    const ending = `The search could not go on: ${end.why.replace(/\.$/, "")}.`;
    return {
      kind: "inconclusive",
      sentence: `${ending} ${describeSoFar(plan, capacity, probes)}`,
      reasons: [ending],
    };
  }
  if (end.kind === "not-judged")
    return { kind: "inconclusive", sentence: `The limits cannot be judged: ${end.why}.`, reasons: [end.why] };
  switch (outcome.found.end) {
    case "found":
      return { kind: "pass", sentence: describeFound(plan, capacity, probes), reasons: [] };
    case "fails-at-least":
      return { kind: "limit-missed", sentence: describeFailure(plan, probes), reasons: [] };
    case "holds-most":
      return {
        kind: "pass",
        sentence: `Holds ${describeLevel(plan.most, plan.of)} within ${describeLimits(plan)}, the most that was asked for. Look further with --max-${plan.of === "users" ? "users" : "rate"}.`,
        reasons: [],
      };
    case "generator-bound": {
      const reason = invalid?.figure ?? "the generator was too slow";
      const level = describeLevel(invalid?.level ?? plan.least, plan.of);
      const sentence =
        capacity.lastPass === null
          ? `Not even the load of ${level} could be made: nothing can be said of the server.`
          : `The generator ended first, at ${level}. ${describeSoFar(plan, capacity, probes)}`;
      return { kind: "invalid", sentence, reasons: [reason] };
    }
    case "out-of-probes":
      return describeUnsure(plan, capacity, probes);
  }
}

function describeFound(
  plan: CapacityPlan,
  capacity: Capacity,
  probes: readonly CapacityProbeRecord[],
): string {
  const { lastPass, firstFail, recommended } = capacity;
  return `Holds ${describeLevel(lastPass!, plan.of)} within ${describeLimits(plan)}; ${describeMiss(plan, firstFail!, probes)}. Plan for ${describeNumber(recommended!, plan.of)}.`;
}

function describeUnsure(
  plan: CapacityPlan,
  capacity: Capacity,
  probes: readonly CapacityProbeRecord[],
): RecordVerdict<RunVerdictKind> {
  const { lastPass, firstFail, interval, recommended, confidence } = capacity;
  const after = formatCount(probes.length, "probe");
  if (lastPass === null || firstFail === null) {
    const reason = `${after} did not show where the limits are missed`;
    return { kind: "inconclusive", sentence: describeSoFar(plan, capacity, probes), reasons: [reason] };
  }
  const { from, below } = interval;
  const narrow =
    from !== null &&
    below !== null &&
    (below <= from * widestAnswer || (plan.of === "users" && below - from <= 2));
  const spread =
    from === null || below === null
      ? below === null
        ? "more is possible"
        : "less is possible"
      : `with ${formatShare(wantedConfidence)} confidence it is at least ${describeNumber(from, plan.of)} and below ${describeNumber(below, plan.of)}`;
  const sentence = `Holds about ${describeLevel(lastPass, plan.of)} within ${describeLimits(plan)}; ${describeMiss(plan, firstFail, probes)}. After ${after} ${spread}. Plan for ${describeNumber(recommended!, plan.of)}.`;
  const reason = `probes near the limit disagree: the chance that it lies between ${describeNumber(lastPass, plan.of)} and ${describeNumber(firstFail, plan.of)} is ${formatShare(confidence)}. Let them last longer (--probe-duration), allow more of them (--max-probes), or take a machine that does nothing else`;
  return narrow
    ? { kind: "pass", sentence, reasons: [] }
    : { kind: "inconclusive", sentence, reasons: [reason] };
}

function describeFailure(plan: CapacityPlan, probes: readonly CapacityProbeRecord[]): string {
  const one = plan.of === "users" && plan.least === 1;
  const level = one ? "even 1 user" : describeLevel(plan.least, plan.of);
  const probe = worstOf(plan.least, probes);
  const seen = probe?.figure == null ? "" : ` (${probe.figure})`;
  return `Does not hold ${level} within ${describeLimits(plan)}${seen}.`;
}

/** What a search that was not finished knows. */
function describeSoFar(
  plan: CapacityPlan,
  capacity: Capacity,
  probes: readonly CapacityProbeRecord[],
): string {
  const { lastPass, firstFail, recommended } = capacity;
  if (lastPass === null && firstFail === null) return "Nothing is known yet.";
  if (lastPass === null) return `${capitalise(describeMiss(plan, firstFail!, probes))}.`;
  const holds = `Holds ${describeLevel(lastPass, plan.of)} within ${describeLimits(plan)}`;
  const next = firstFail === null ? "" : `; ${describeMiss(plan, firstFail, probes)}`;
  return `${holds}${next}. Plan for ${describeNumber(recommended!, plan.of)}${firstFail === null ? " or more" : ""}.`;
}

/** `52 miss it (p95 910 ms)`. */
function describeMiss(plan: CapacityPlan, level: number, probes: readonly CapacityProbeRecord[]): string {
  const probe = worstOf(level, probes);
  const which = probe?.bindingLimit ?? null;
  // Errors may be too many where nobody gave a limit on them.
  const isUnasked = which?.startsWith("errors") === true && !plan.limits.includes(which);
  const named = which === null || (plan.limits.length === 1 && !isUnasked) ? "it" : which;
  const seen = probe?.figure == null ? "" : ` (${probe.figure})`;
  const misses = plan.of === "users" && level !== 1 ? "miss" : "misses";
  return `${describeNumber(level, plan.of)} ${misses} ${named}${seen}`;
}

/** The probe of a level that misses its limits by most. */
export function worstOf(
  level: number,
  probes: readonly CapacityProbeRecord[],
): CapacityProbeRecord | undefined {
  return probes
    .filter((probe) => probe.level === level && probe.purpose !== "baseline" && probe.evidence !== null)
    .toSorted((a, b) => b.evidence! - a.evidence!)
    .at(0);
}

function describeLimits({ limits, limitsFrom }: CapacityPlan): string {
  const [first = "", ...others] = limits;
  const explained =
    limitsFrom === "single-user" && limits.length > 1 ? `${first} (3 times what one user gets)` : first;
  return [explained, ...others].join(" and ");
}

function describeNumber(level: number, of: "users" | "rate"): string {
  return of === "users" ? level.toLocaleString("en-US") : `${formatNumber(level)}/s`;
}

function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
