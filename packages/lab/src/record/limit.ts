import { WeirError } from "@weir/protocol";
import { formatShare } from "./format-number.ts";
import type { RunSummary } from "./run-record.ts";

/** A limit that a run is held to. */
export interface Limit {
  /** As it was written. */
  readonly text: string;
  readonly metric: "errors";
  readonly comparison: "<" | "<=";
  /** Share of ended requests, from 0 to 1. */
  readonly share: number;
}

export const defaultLimit = "errors < 1%";

/** Reads `errors < 1%`. Throws USAGE for anything else. */
export function parseLimit(text: string): Limit {
  const match = /^\s*errors\s*(<=?)\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text);
  if (match === null || Number(match[2]) > 100)
    throw new WeirError(
      "USAGE",
      `a limit must be written as "${defaultLimit}", with a percentage from 0 to 100, got ${JSON.stringify(text)}`,
    );
  return {
    text: text.trim(),
    metric: "errors",
    comparison: match[1] === "<" ? "<" : "<=",
    share: Number(match[2]) / 100,
  };
}

/** Why a limit was missed, or undefined if it was kept. */
export function judgeLimit(
  limit: Limit,
  summary: Pick<RunSummary, "completed" | "failed">,
): string | undefined {
  const failed = summary.failed.total;
  const ended = summary.completed + failed;
  const share = ended === 0 ? 0 : failed / ended;
  const kept = limit.comparison === "<" ? share < limit.share : share <= limit.share;
  return kept ? undefined : `${formatShare(share)} of requests failed, the limit is ${limit.text}`;
}
