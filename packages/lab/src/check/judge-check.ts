import { formatCount } from "../record/format-number.ts";
import type { RecordVerdict } from "../record/record-head.ts";
import type { CheckVerdictKind, RecordedCheckRow } from "./check-record.ts";

/** How a check came to its end. */
export type CheckEnd =
  /** `sentence` is the suite's own answer. */
  | { readonly kind: "finished"; readonly sentence: string }
  | { readonly kind: "interrupted" }
  /** Something kept it from going on. */
  | { readonly kind: "broken"; readonly message: string };

export interface JudgedCheck {
  readonly rows: readonly RecordedCheckRow[];
  readonly end: CheckEnd;
  /** Why figures of some run are worth nothing, a sentence each. */
  readonly invalid: readonly string[];
  /** What must be known beside the rows, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The verdict on a check: an interruption, an invalid generator, a limit that was missed or a figure worse than the
 * baseline's, then what could not be told.
 */
export function judgeCheck({ rows, end, invalid, notes }: JudgedCheck): RecordVerdict<CheckVerdictKind> {
  const missed = rows.filter(({ status }) => status === "fail").map(describeMiss);
  const worse = rows.filter(({ baseline }) => baseline?.kind === "worse").map(describeWorse);
  const open = [
    ...rows.filter(({ status }) => status === "not-measured").map(describeOpen),
    ...rows.filter(({ baseline }) => baseline?.kind === "unclear").map(describeWorse),
  ];
  const others = invalid.length - 1;
  const alike =
    others > 0
      ? [`${others === 1 ? "So was another run" : `So were ${others} other runs`} of this check.`]
      : [];
  const reasons = [...invalid.slice(0, 1), ...alike, ...missed, ...worse, ...open, ...notes];
  const judge = (kind: CheckVerdictKind, sentence: string): RecordVerdict<CheckVerdictKind> => ({
    kind,
    sentence,
    reasons: reasons.filter((reason) => reason !== sentence),
  });
  const soFar = describeSoFar(rows);
  if (end.kind === "interrupted") return judge("interrupted", `Interrupted: ${soFar}.`);
  const anything = rows.some(({ status }) => status === "pass" || status === "fail" || status === "info");
  if (end.kind === "broken") {
    const said = end.message
      .replace(/^The target could not be (?:measured|checked): /, "")
      .replace(/[.\s]+$/, "");
    if (!anything) return judge("not-measured", `The target could not be checked: ${said}.`);
    const sentence = `The check could not be finished: ${said}. Until then: ${soFar}.`;
    return judge(
      invalid.length > 0 ? "invalid" : missed.length > 0 ? "limit-missed" : "inconclusive",
      sentence,
    );
  }
  if (invalid.length > 0)
    return judge(
      "invalid",
      `Not a valid measurement: ${invalid[0]!.replace(/\.$/, "")}. It read: ${end.sentence}`,
    );
  if (worse.length > 0) return judge("limit-missed", `${describeCount(worse.length)} ${end.sentence}`);
  if (missed.length > 0) return judge("limit-missed", end.sentence);
  if (!anything) return judge("not-measured", end.sentence);
  return judge(open.length > 0 ? "inconclusive" : "pass", end.sentence);
}

/** `7 limits kept, 1 missed, 2 not measured`. */
function describeSoFar(rows: readonly RecordedCheckRow[]): string {
  const count = (status: RecordedCheckRow["status"]): number =>
    rows.filter((row) => row.status === status).length;
  const [kept, missed, open] = [count("pass"), count("fail"), count("not-measured")];
  if (kept + missed + open === 0)
    return rows.length === 0
      ? "nothing was found out yet"
      : `${formatCount(rows.length, "figure")}, no limits`;
  return [
    `${formatCount(kept, "limit")} kept`,
    ...(missed > 0 ? [`${missed} missed`] : []),
    ...(open > 0 ? [`${open} not measured`] : []),
  ].join(", ");
}

function describeCount(worse: number): string {
  return worse === 1
    ? "One figure is worse than the baseline's."
    : `${worse} figures are worse than the baseline's.`;
}

function describeMiss({ metric, measured, limit, advice }: RecordedCheckRow): string {
  const held = limit === null ? "" : `; wanted: ${limit}`;
  return `${metric}: ${measured.replace(/\.$/, "")}${held}.${advice === null ? "" : ` ${advice}`}`;
}

function describeOpen({ metric, measured, limit, advice }: RecordedCheckRow): string {
  const held = limit === null ? "" : `, so nothing can be said of ${limit}`;
  return `${metric}: ${measured}${held}.${advice === null ? "" : ` ${advice}`}`;
}

function describeWorse({ metric, baseline }: RecordedCheckRow): string {
  const { change, interval, kind } = baseline!;
  const percent = (share: number): string => `${share > 0 ? "+" : ""}${(100 * share).toFixed(0)} %`;
  const within =
    interval === null ? "" : ` (95 % interval ${percent(interval[0])} to ${percent(interval[1])})`;
  const figure = `${metric}: ${percent(change)} against the baseline${within}`;
  if (kind === "worse") return `${figure}: worse than is tolerated.`;
  return interval === null
    ? `${figure}: a single figure on either side cannot tell that from chance. Save the baseline with --repeats 5.`
    : `${figure}: that may be chance. --repeats makes it narrower.`;
}
