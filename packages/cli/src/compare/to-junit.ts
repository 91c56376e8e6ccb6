import {
  describeMetricName,
  encodeJunit,
  type CompareRecord,
  type ComparedSide,
  type JunitCase,
} from "@weir/lab";

/** The verdict as JUnit: whether B is worse, and whether each side kept its limits. */
export function toCompareJunit(record: CompareRecord): string {
  const { sides, plan, verdict } = record;
  const { a, b } = sides;
  const timeMs = record.rounds
    .flatMap((round) => [round.a, round.b])
    .reduce((sum, half) => sum + (half?.windowMs ?? 0), 0);
  const speed: JunitCase = {
    name: `${describeMetricName(plan.metric, a.unit)}: ${b.label} is not worse than ${a.label}`,
    timeMs,
    output: verdict.sentence,
    problem: toProblem(record),
  };
  const limits = [a, b].map((side): JunitCase => ({
    name: `${side.label} keeps its limits (${plan.limits.join(", ")})`,
    problem: toLimitProblem(side, side === b),
  }));
  return encodeJunit("weir compare", [speed, ...(plan.limits.length === 0 ? [] : limits)]);
}

function toLimitProblem({ failedShare, missedLimits }: ComparedSide, isB: boolean): JunitCase["problem"] {
  if (failedShare === null) return { kind: "skipped", message: "Nothing was measured." };
  if (missedLimits.length === 0) return undefined;
  // A that misses a limit is no fault of B: it is told, and fails nothing.
  return { kind: isB ? "failure" : "skipped", message: missedLimits.join("; ") };
}

function toProblem({ verdict }: CompareRecord): JunitCase["problem"] {
  const { kind, sentence } = verdict;
  switch (kind) {
    case "faster":
    case "same":
    // It is a failure of its own case.
    case "limit-missed":
      return undefined;
    case "slower":
      return { kind: "failure", message: sentence };
    case "inconclusive":
      return { kind: "skipped", message: sentence };
    case "invalid":
    case "not-measured":
    case "stopped":
    case "interrupted":
      return { kind: "error", message: sentence };
  }
}
