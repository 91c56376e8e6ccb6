import type { JunitCase } from "../tables/encode-junit.ts";
import type { CheckRecord, RecordedCheckRow } from "./check-record.ts";

/** A check as CI systems know it: each row that is held to something is a test, and what kept it from its end is one. */
export function toJunitCases({ rows, verdict }: CheckRecord): readonly JunitCase[] {
  const cases = rows.filter(isHeld).map(toCase);
  switch (verdict.kind) {
    case "pass":
    case "limit-missed":
    case "inconclusive":
      return [...cases, { name: "verdict", output: verdict.sentence, ...brokenOff(verdict.sentence) }];
    default:
      return [...cases, { name: "verdict", problem: { kind: "error", message: verdict.sentence } }];
  }
}

function isHeld({ limit, status, baseline }: RecordedCheckRow): boolean {
  return limit !== null || status !== "info" || baseline !== null;
}

function toCase(row: RecordedCheckRow): JunitCase {
  const { metric, measured, limit, status, baseline, advice } = row;
  const output = limit === null ? measured : `${measured}, limit ${limit}`;
  const message = `${output}${advice === null ? "" : `. ${advice}`}`;
  const against = baseline === null ? "" : `, ${(100 * baseline.change).toFixed(1)} % against the baseline`;
  if (status === "fail") return { name: metric, output, problem: { kind: "failure", message } };
  if (baseline?.kind === "worse")
    return { name: metric, output, problem: { kind: "failure", message: `${output}${against}` } };
  if (status === "not-measured" || baseline?.kind === "unclear")
    return { name: metric, output, problem: { kind: "skipped", message: `${message}${against}` } };
  return { name: metric, output: `${output}${against}` };
}

/** A check that could not go on has no failed row to say so. */
function brokenOff(sentence: string): Pick<JunitCase, "problem"> {
  return sentence.startsWith("The check could not be finished")
    ? { problem: { kind: "error", message: sentence } }
    : {};
}
