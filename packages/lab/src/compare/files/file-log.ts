import type { RunRecord } from "../../record/run-record.ts";
import type { ComparedHalf, SideName } from "../compare-record.ts";

/** What one side did with one file in one round. */
export interface FileAttempt {
  /** Counted from 1. */
  readonly round: number;
  /** Mean of its response times, which is the time itself where it was sent once; null where none was answered. */
  readonly latencyMs: number | null;
  readonly succeeded: number;
  readonly failed: number;
}

export interface LoggedSide {
  /** By file, in the order in which they were sent. */
  readonly files: ReadonlyMap<string, readonly FileAttempt[]>;
  /** Of all halves, warm-up left out. */
  readonly windowMs: number;
  /** As answers told them; 0 where none did. */
  readonly pages: number;
}

/** What became of each file in each half of a comparison whose workload tells files apart. */
export class FileLog {
  readonly #files: Record<SideName, Map<string, FileAttempt[]>> = { a: new Map(), b: new Map() };
  readonly #windowMs: Record<SideName, number> = { a: 0, b: 0 };
  readonly #pages: Record<SideName, number> = { a: 0, b: 0 };

  /** @param round counted from 1 */
  add(side: SideName, round: number, { windowMs }: ComparedHalf, { summary }: RunRecord): void {
    if (summary.parts === null) return;
    this.#windowMs[side] += windowMs;
    this.#pages[side] += summary.checks.tallies["pages"]?.of ?? 0;
    for (const { name, counts, latencyMs } of summary.parts) {
      const attempts = this.#files[side].get(name) ?? [];
      const { completed: succeeded, failed } = counts;
      attempts.push({ round, latencyMs: latencyMs.response.mean, succeeded, failed: failed.total });
      this.#files[side].set(name, attempts);
    }
  }

  of(side: SideName): LoggedSide {
    return { files: this.#files[side], windowMs: this.#windowMs[side], pages: this.#pages[side] };
  }
}
