import type { ScheduleSegment } from "@weir/stats";
import { toWeirError, WeirError, type ErrorCode } from "@weir/protocol";
import type { LoadPlan } from "../run/load-plan.ts";
import type { PartResult } from "../run/part-result.ts";
import type { EncodedView } from "../run/progress-view.ts";
import type { RunSettings } from "../run/run-in-this-thread.ts";
import type { UnitKind } from "../workload.ts";

/** What a worker thread is given when it is made. */
export interface WorkerOrder extends RunSettings {
  readonly plan: LoadPlan;
  readonly worker: number;
  readonly workers: number;
  /** Memory of the run's ledger. */
  readonly ledger: SharedArrayBuffer;
  readonly progressIntervalMs: number;
}

/** From the main thread. */
export type WorkerCommand =
  /** @param atNs `process.hrtime.bigint()` of the start: one clock for all threads, whatever the wall clock does */
  | { readonly kind: "start"; readonly atNs: bigint }
  /** The last request that was asked for has been admitted. */
  | { readonly kind: "exhausted" }
  | { readonly kind: "append"; readonly segment: ScheduleSegment }
  | { readonly kind: "end"; readonly end: "interrupted" | "called-off" };

/** From a worker. */
export type WorkerReport =
  | { readonly kind: "ready"; readonly unit: UnitKind }
  | { readonly kind: "progress"; readonly view: EncodedView }
  /** It was told to end, and writes its rows. */
  | { readonly kind: "ending" }
  /** The run is over for all. */
  | { readonly kind: "stopped" }
  | { readonly kind: "ended"; readonly view: EncodedView; readonly part: PartResult }
  | { readonly kind: "failed"; readonly error: SentError };

/** An error as plain data: a class does not survive the way between threads. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly stack: string | undefined;
}

export function toSentError(error: unknown): SentError {
  const { code, message } = toWeirError(error);
  return { code, message, stack: error instanceof Error ? error.stack : undefined };
}

export function fromSentError({ code, message, stack }: SentError): WeirError {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  return new WeirError(code, message, { cause });
}
