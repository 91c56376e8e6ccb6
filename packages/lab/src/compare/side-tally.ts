import { judgeLimit } from "../record/judge-limit.ts";
import type { Limit } from "../record/limit.ts";
import type { RunRecord, RunSummary } from "../record/run-record.ts";
import type { ComparedSide } from "./compare-record.ts";

/** What one side did in all its halves that were measured. */
export type TalliedSide = Pick<ComparedSide, "completed" | "failed" | "failedShare" | "missedLimits">;

/**
 * Adds up the halves of one side. A limit on errors is held against all of its requests together; any other limit is
 * missed where most of the halves that could tell have missed it.
 */
export class SideTally {
  readonly #limits: readonly Limit[];
  readonly #records: RunRecord[] = [];

  constructor(limits: readonly Limit[]) {
    this.#limits = limits;
  }

  add(record: RunRecord): void {
    this.#records.push(record);
  }

  get total(): TalliedSide {
    const byKind: Record<string, number> = {};
    let [completed, failed] = [0, 0];
    for (const { summary } of this.#records) {
      completed += summary.completed;
      failed += summary.failed.total;
      for (const [kind, { count }] of Object.entries(summary.failed.byKind))
        byKind[kind] = (byKind[kind] ?? 0) + count;
    }
    const ended = completed + failed;
    return {
      completed,
      failed: { total: failed, byKind },
      failedShare: ended === 0 ? null : failed / ended,
      missedLimits: this.#limits.flatMap((limit) => this.#judge(limit, completed, failed)),
    };
  }

  #judge(limit: Limit, completed: number, failed: number): readonly string[] {
    const [last] = this.#records.slice(-1);
    if (last === undefined) return [];
    if (limit.kind === "errors") {
      const all: RunSummary = {
        ...last.summary,
        completed,
        failed: { total: failed, byKind: {} },
        cutOffs: null,
        silence: null,
      };
      const judged = judgeLimit(limit, all);
      return judged.kind === "missed" ? [judged.reason] : [];
    }
    const judged = this.#records.map(({ summary }) => judgeLimit(limit, summary));
    const told = judged.filter(({ kind }) => kind !== "inconclusive");
    const missed = told.flatMap((each) => (each.kind === "missed" ? [each.reason] : []));
    if (missed.length * 2 <= told.length) return [];
    return [`${missed.at(-1)!} (missed in ${missed.length} of ${told.length} halves)`];
  }
}
