import type { JobClass } from "./job.ts";
import type { KeyAccount } from "./key-accounts.ts";
import type { RefusalReason } from "./refusal.ts";
import type { MeasuredRate } from "./service-rate.ts";

export interface WaitingStats {
  readonly jobs: number;
  readonly cost: number;
  /** How long the oldest has waited; 0 where none does. */
  readonly oldestWaitMs: number;
}

/** What admission holds and has done. Totals only ever grow. */
export interface AdmissionStats {
  readonly slots: number;
  /** Parts of a slot count as such where small jobs share one. */
  readonly slotsInUse: number;
  readonly runningJobs: number;
  readonly waiting: WaitingStats;
  readonly waitingByClass: Readonly<Record<JobClass, WaitingStats>>;
  readonly maxJobs: number;
  readonly maxCost: number;
  readonly keys: readonly KeyAccount[];
  readonly reservations: { readonly open: number; readonly showRate: number };
  /** Undefined before the first job was finished. */
  readonly rate: MeasuredRate | undefined;
  readonly totals: AdmissionTotals;
}

interface AdmissionTotals {
  /** Given a place; displaced ones are counted here and as refused. */
  readonly admitted: number;
  readonly dispatched: number;
  readonly completed: number;
  readonly failed: number;
  /** The client went away. */
  readonly cancelled: { readonly waiting: number; readonly running: number };
  /** The deadline passed. */
  readonly expired: { readonly waiting: number; readonly running: number };
  readonly refused: Readonly<Record<RefusalReason, number>>;
  /** Retries that found their promised place, of those that took one up. */
  readonly promises: { readonly claimed: number; readonly kept: number };
}

/** The same, to count in. */
export interface Counters extends AdmissionTotals {
  admitted: number;
  dispatched: number;
  completed: number;
  failed: number;
  readonly cancelled: { waiting: number; running: number };
  readonly expired: { waiting: number; running: number };
  readonly refused: Record<RefusalReason, number>;
  readonly promises: { claimed: number; kept: number };
}

export function createCounters(): Counters {
  return {
    admitted: 0,
    dispatched: 0,
    completed: 0,
    failed: 0,
    cancelled: { waiting: 0, running: 0 },
    expired: { waiting: 0, running: 0 },
    refused: { full: 0, displaced: 0, "key-limit": 0, deadline: 0, "out-of-reach": 0, draining: 0 },
    promises: { claimed: 0, kept: 0 },
  };
}
