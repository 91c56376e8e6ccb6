import type { Schedule } from "@weir/stats";
import { describeEnd, describeResult } from "./describe-result.ts";
import { describeSchedule } from "./describe-schedule.ts";
import { judgeLimit } from "./judge-limit.ts";
import type { Limit } from "./limit.ts";
import type { RecordedGenerator, RunSummary, RunVerdict } from "./run-record.ts";

export interface JudgedRun {
  readonly summary: RunSummary;
  readonly generator: RecordedGenerator;
  readonly limits: readonly Limit[];
  readonly schedule: Schedule;
  /** How many requests were asked for: more users than that never come. */
  readonly requests?: number | undefined;
}

/**
 * The verdict on a run. What makes the figures worthless comes before what they say: an interruption, a target that
 * could not be measured, a stop rule, an invalid generator, then the limits. A limit that was missed decides, whatever
 * others cannot be judged.
 */
export function judgeRun(run: JudgedRun): RunVerdict {
  const { summary, generator } = run;
  const { end } = summary;
  const { startMs, endMs } = summary.window;
  const part = { fromMs: startMs, toMs: endMs, mostUsers: run.requests };
  const read = describeResult(summary, describeSchedule(run.schedule, part));
  const result = summary.measured === "warm-up" && summary.completed > 0 ? `Warm-up only: ${read}` : read;
  const ending = describeEnd(summary);
  if (end.kind === "interrupted")
    return { kind: "interrupted", sentence: `${ending} ${result}`, reasons: [ending] };
  // A rule that the caller set ends a run as agreed, even where nothing was completed.
  const agreed = end.kind === "stopped" && /^too-many-failures|^error-rate$/.test(end.reason.kind);
  if (end.kind === "not-started" || (summary.completed === 0 && !agreed))
    return { kind: "not-measured", sentence: ending, reasons: [ending] };
  if (end.kind === "stopped")
    return {
      kind: "stopped",
      sentence: `${ending} Until then: ${continueSentence(result)}`,
      reasons: [ending],
    };
  if (!generator.valid)
    return {
      kind: "invalid",
      sentence: `Not a valid measurement: ${(generator.reasons[0] ?? "the generator was too slow").replace(/\.$/, "")}. It read: ${continueSentence(result)}`,
      reasons: generator.reasons,
    };
  const judged = run.limits.map((limit) => judgeLimit(limit, summary));
  const reasonsOf = (kind: "missed" | "inconclusive"): string[] =>
    judged.flatMap((judgement) => (judgement.kind === kind ? [judgement.reason] : []));
  const [missed, inconclusive] = [reasonsOf("missed"), reasonsOf("inconclusive")];
  if (missed.length > 0)
    return { kind: "limit-missed", sentence: result, reasons: [...missed, ...inconclusive] };
  if (inconclusive.length > 0) return { kind: "inconclusive", sentence: result, reasons: inconclusive };
  return { kind: "pass", sentence: result, reasons: [] };
}

function continueSentence(sentence: string): string {
  return /^[A-Z][a-z]/.test(sentence) ? sentence[0]!.toLowerCase() + sentence.slice(1) : sentence;
}
