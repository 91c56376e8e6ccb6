import type { WorkerSlice } from "@weir/stats";
import type { HttpTarget } from "../http/http-target.ts";
import type { SampleSpool } from "../samples/sample-spool.ts";
import type { Workload } from "../workload.ts";
import type { LoadPlan } from "./load-plan.ts";
import type { RunLedger } from "./run-ledger.ts";
import type { StopLimits } from "./stop-rule.ts";

/** What one worker's share of a run is made of. */
export interface LoadRunParts {
  readonly plan: LoadPlan;
  readonly target: HttpTarget;
  readonly workload: Workload;
  readonly slice: WorkerSlice;
  /** Shared by the workers of a run. */
  readonly ledger: RunLedger;
  /** `performance.now()` of the run's start; may lie ahead. */
  readonly startMs: number;
  readonly stopLimits: StopLimits | undefined;
  readonly samples: SampleSpool | undefined;
  /** Whether segments may be appended. */
  readonly extensible: boolean;
  /** A rule has stopped the run: the other workers are to end too. */
  readonly onStop?: () => void;
}
