import type { RunRecord } from "../record/run-record.ts";
import type { ComparedHalf } from "./compare-record.ts";
import type { ComparedMetric } from "./compared-metric.ts";
import type { FileMetric } from "./files/file-metric.ts";

/** How far a side came on a ramp to failure. */
export interface FailureMetric {
  readonly kind: "failure";
  readonly name: "users-at-failure" | "requests-until-failure";
  readonly better: "more";
}

/** What rounds can be compared by. */
export type RoundMetric = ComparedMetric | FailureMetric | FileMetric;

/** What ramps to failure are compared by: times of servers that are pushed over their edge are no figures of theirs. */
export const failureMetrics: readonly [FailureMetric, FailureMetric] = [
  { kind: "failure", name: "users-at-failure", better: "more" },
  { kind: "failure", name: "requests-until-failure", better: "more" },
];

/** Where a run failed; null where its ramp ended before. */
export function readFailure({ summary }: RunRecord): NonNullable<ComparedHalf["failure"]> | null {
  if (summary.end.kind !== "stopped") return null;
  const { users, requests, failed } = summary.end.at;
  return { users, requests, failed };
}

/** Where it failed, else how far it came. */
export function readFailureFigure({ name }: FailureMetric, record: RunRecord): number {
  const failure = readFailure(record);
  const { summary, schedule } = record;
  if (name === "users-at-failure") return failure?.users ?? schedule.users;
  return failure?.requests ?? summary.completed + summary.failed.total;
}
