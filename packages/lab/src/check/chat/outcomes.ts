import type { FailureSummary } from "@weir/load";
import { formatCount } from "../../record/format-number.ts";

/** What a server says that has enough to do; anything else that is no answer is a failure. */
export const refusalStatuses: readonly number[] = [429, 503, 529];

/** Most of the requests that may fail. */
export const failedLimit = 0.01;

export const refuseAdvice =
  "A server that has enough to do is to refuse (429 or 503 with Retry-After), not to fail.";

/** A run's failures, told apart. */
export interface SplitOutcomes {
  readonly refused: number;
  readonly failed: number;
  /** How often a status refused. */
  readonly statuses: Readonly<Record<string, number>>;
  /** The most frequent failure in words; undefined where there was none. */
  readonly firstFailure: string | undefined;
}

/** Tells refusals from failures. */
export function splitOutcomes({ byKind }: FailureSummary): SplitOutcomes {
  const statuses: Record<string, number> = {};
  let [refused, failed] = [0, 0];
  let firstFailure: string | undefined;
  for (const [kind, { count, firstMessage }] of Object.entries(byKind)) {
    const status = /^http-(\d+)$/.exec(kind)?.[1];
    if (status !== undefined && refusalStatuses.includes(Number(status))) {
      refused += count;
      statuses[status] = count;
    } else {
      failed += count;
      firstFailure ??= `${kind}: ${firstMessage}`;
    }
  }
  return { refused, failed, statuses, firstFailure };
}

/** `12 x 503`; undefined where nothing was refused. */
export function describeRefusals(statuses: SplitOutcomes["statuses"]): string | undefined {
  const all = Object.entries(statuses).map(([status, count]) => `${formatCount(count, "time")} ${status}`);
  return all.length === 0 ? undefined : all.join(", ");
}
