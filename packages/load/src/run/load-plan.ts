import type { ClosedLoopSchedule } from "@weir/stats";
import type { EmbeddingsPlan } from "../embeddings/embeddings-plan.ts";

/** What ends a run; the first that is reached does. At least one must be set. */
export interface StopPlan {
  /** Length of the measured window, warm-up not counted. Above 0. */
  readonly durationMs: number | undefined;
  /** Requests of the measured window; all of them are waited for. Whole number >= 1. */
  readonly requests: number | undefined;
}

export interface TransportPlan {
  /** Sent with every request. May hold keys: reports show names only. */
  readonly headers: Readonly<Record<string, string>>;
  /** Longest wait for a connection. @default 5000 */
  readonly connectTimeoutMs: number;
  /** Longest wait for a whole answer. @default 30000 */
  readonly timeoutMs: number;
}

/** Everything about a load run, decided before it starts. Plain JSON. */
export interface LoadPlan {
  /** `http://HOST:PORT`, with a base path where the API is below one. */
  readonly url: string;
  readonly workload: EmbeddingsPlan;
  readonly schedule: ClosedLoopSchedule;
  readonly stop: StopPlan;
  /** Time before the window. Its requests hand over in flight: nothing is drained. From 0 on. */
  readonly warmupMs: number;
  readonly transport: TransportPlan;
}
