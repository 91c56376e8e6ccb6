import type { Follows } from "./arrival.ts";
import type { HeapItem } from "./indexed-heap.ts";

/** In order of precedence. */
export type JobClass = "interactive" | "normal" | "batch";

/** A class as a number: 0 goes first. */
export const jobClasses: readonly JobClass[] = ["interactive", "normal", "batch"];

/** Until when a job must be done. */
export type JobDeadline =
  /** The larger of `atLeastMs` (30 s where it is not given) and four times the job's own estimated service time. */
  | { readonly kind: "default"; readonly atLeastMs?: number }
  /** This long after it was offered, waiting included. */
  | { readonly kind: "whole"; readonly ms: number }
  /**
   * Each part (a page, say) within `partMs` of the one before, the first within `partMs` of the dispatch. Waiting counts
   * only against `waitMs`; unset, the job waits as long as it takes, as background jobs do.
   */
  | { readonly kind: "per-part"; readonly partMs: number; readonly waitMs?: number };

/** On whose account a job runs, with that account's own limits. */
export interface AdmissionKey {
  /** The API key's id, or one name for everybody who needs none. */
  readonly id: string;
  /** Jobs it may hold, waiting and running; above it is told so (429). @default no limit of its own */
  readonly maxJobs?: number;
  /** Cost it may hold, waiting and running. @default no limit of its own */
  readonly maxCost?: number;
  /** Its part of the capacity relative to other keys. Above 0. @default 1 */
  readonly weight?: number;
}

/** What admission has to know of a job, of whatever kind. */
export interface AdmissionJob {
  readonly key: AdmissionKey;
  /** @default "normal" */
  readonly class?: JobClass;
  /** Expected work in the model's unit (tokens, pixels, pages). An estimate: correct it once it is counted. >= 0 */
  readonly cost: number;
  /** @default { kind: "default" } */
  readonly deadline?: JobDeadline;
  /**
   * Who asks, so that a retry is known as the one that a place was promised to: the connection, or a hash of the body.
   * Without it a retry is known by coming when it was told to.
   */
  readonly caller?: string;
  /** The client says that this is a retry (e.g. `x-stainless-retry-count` above 0). @default false */
  readonly isRetry?: boolean;
  /** What its connection carried before; left out where this is the first on it. Who sends on at once is no retry. */
  readonly follows?: Follows;
}

/** A job that was admitted. Kept by the core; others read it. */
export interface Ticket extends HeapItem {
  readonly id: number;
  readonly key: AdmissionKey;
  /** Index in {@link jobClasses}. */
  readonly rank: number;
  readonly caller: string | undefined;
  readonly admittedAtMs: number;
  readonly deadline: JobDeadline;
  cost: number;
  /** When it is too late; Infinity where nothing bounds it now. */
  deadlineAtMs: number;
  phase: TicketPhase;
}

type TicketPhase =
  | { readonly kind: "waiting" }
  | {
      readonly kind: "running";
      readonly startedAtMs: number;
      /** Slots it began with: 1, or less where small jobs share one. */
      readonly ownSlots: number;
      /** Slots it uses now: more where a large job is split. */
      slots: number;
      /** Slot time used until `countedAtMs`, in milliseconds. */
      slotMs: number;
      /** By the clock of {@link Running}. */
      countedAtMs: number;
    }
  | { readonly kind: "gone" };

/** How a job that ran came to its end. `abandoned`: cancelled, or past its deadline. */
export type JobOutcome = "completed" | "failed" | "abandoned";

/** Cheaper than this does not exist: work that cost nothing would have no order and no rate. */
export const leastCost = 0.001;

export function weightOf(key: AdmissionKey): number {
  return key.weight ?? 1;
}

/** A ticket that waits, without a deadline yet. */
export function createTicket(
  id: number,
  { key, caller, deadline = { kind: "default" } }: AdmissionJob,
  rank: number,
  cost: number,
  admittedAtMs: number,
): Ticket {
  return {
    id,
    key,
    rank,
    caller,
    admittedAtMs,
    deadline,
    cost,
    deadlineAtMs: Number.POSITIVE_INFINITY,
    phase: { kind: "waiting" },
    heapIndex: -1,
  };
}
