import type { CheckRow } from "../suite.ts";

/** A row whose answer is yes or no. */
export function holds(
  named: Pick<CheckRow, "key" | "metric">,
  kept: boolean,
  measured: string,
  limit: string,
  advice: string,
): CheckRow {
  return {
    ...named,
    value: null,
    unit: "none",
    measured,
    limit,
    status: kept ? "pass" : "fail",
    advice: kept ? undefined : advice,
  };
}

/** What cannot be looked at from here, and why; it is held to nothing. */
export function unseen(named: Pick<CheckRow, "key" | "metric">, why: string): CheckRow {
  return {
    ...named,
    value: null,
    unit: "none",
    measured: `not looked at: ${why}`,
    limit: null,
    status: "info",
  };
}
