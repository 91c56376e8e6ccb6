import { describeEnd, describeResult } from "./describe-result.ts";
import { judgeLimit, type Limit } from "./limit.ts";
import type { RecordedGenerator, RunSummary, RunVerdict } from "./run-record.ts";

export interface JudgedRun {
  readonly summary: RunSummary;
  readonly generator: RecordedGenerator;
  readonly limits: readonly Limit[];
  readonly users: number;
}

/**
 * The verdict on a run. What makes the figures worthless comes before what they say: an interruption, a target that
 * could not be measured, a stop rule, an invalid generator, then the limits.
 */
export function judgeRun(run: JudgedRun): RunVerdict {
  const { summary, generator } = run;
  const { end } = summary;
  const result = describeResult(summary, run.users);
  const ending = describeEnd(summary);
  if (end.kind === "interrupted")
    return { kind: "interrupted", sentence: `${ending} ${result}`, reasons: [ending] };
  if (end.kind === "not-started" || summary.completed === 0)
    return { kind: "not-measured", sentence: ending, reasons: [ending] };
  if (end.kind === "stopped")
    return { kind: "stopped", sentence: `${ending} Until then: ${result}`, reasons: [ending] };
  if (!generator.valid)
    return {
      kind: "invalid",
      sentence: `Not a valid measurement: ${generator.reasons[0] ?? "the generator was too slow"}. It read: ${result}`,
      reasons: generator.reasons,
    };
  const missed = run.limits
    .map((limit) => judgeLimit(limit, summary))
    .filter((reason) => reason !== undefined);
  return missed.length === 0
    ? { kind: "pass", sentence: result, reasons: [] }
    : { kind: "limit-missed", sentence: result, reasons: missed };
}
