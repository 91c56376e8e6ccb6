import type { ScheduleSegment } from "@weir/stats";
import type { EncodedPhase } from "../recording/phase-recorder.ts";
import type { Slice } from "../recording/slice-recorder.ts";
import type { SampleFile } from "../samples/sample-spool.ts";
import type { UnitKind, Workload, WorkloadChecks } from "../workload.ts";
import type { GeneratorReading } from "./generator-reading.ts";
import type { Attainment } from "./load-driver.ts";
import type { StopReason } from "./stop-rule.ts";

/** How one worker's share of a run ended. */
export type PartEnd =
  | { readonly kind: "finished"; readonly by: "duration" | "requests" | "schedule" }
  | { readonly kind: "interrupted" }
  | { readonly kind: "stopped"; readonly reason: StopReason }
  /** Another worker's share was stopped. */
  | { readonly kind: "called-off" };

/** A segment that was put to the end of the schedule while the run was going. */
export interface AppendedSegment {
  /** Milliseconds from the start. */
  readonly atMs: number;
  readonly segment: ScheduleSegment;
}

/** What one worker found out: plain data, so that it can pass between threads. Times are from the run's start. */
export interface PartResult {
  readonly end: PartEnd;
  readonly endMs: number;
  /** Whether the window had begun. */
  readonly inWindow: boolean;
  readonly warmUp: EncodedPhase;
  readonly window: EncodedPhase;
  readonly slices: readonly Slice[];
  readonly attainment: Attainment | undefined;
  /** Users, or connections in use, when it ended. */
  readonly users: number;
  readonly connectionsOpened: number;
  /** Requests handed to sockets, those that were sent again too. */
  readonly requestsSent: number;
  /** Requests sent again because the server had closed the connection while it rested. */
  readonly connectionsLostWhileIdle: number;
  readonly generator: GeneratorReading;
  readonly samples: SampleFile | undefined;
  readonly appended: readonly AppendedSegment[];
  readonly scheduleHash: string;
  readonly workload: {
    readonly unit: UnitKind;
    readonly requests: number;
    readonly parts: readonly string[];
    readonly checks: WorkloadChecks;
  };
}

/** What a worker's workload is, and what it has checked by now. */
export function toPartWorkload(workload: Workload): PartResult["workload"] {
  const { unit, requests, parts = [], checks } = workload;
  return { unit, requests, parts, checks };
}
