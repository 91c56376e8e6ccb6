import type { ScheduleSegment } from "@weir/stats";
import type { LoadPlan } from "../run/load-plan.ts";
import type { RunSettings } from "../run/run-in-this-thread.ts";
import { RunLedger } from "../run/run-ledger.ts";
import type { RunningLoad } from "../run/running-load.ts";
import { WorkerTeam } from "./worker-team.ts";

export interface ThreadSettings extends RunSettings {
  /** Whole number from 1 on. */
  readonly workers: number;
  readonly progressIntervalMs: number;
}

/** Between the word to all threads and the start, so that none of them hears of it too late. */
const leadMs = 20;

/**
 * Prepares a run in worker threads that start at the same moment. Each owns its connections and its slice of the
 * schedule; what must hold for all together lies in memory that they share. Rejects where a thread cannot be made.
 */
export async function runInThreads(plan: LoadPlan, settings: ThreadSettings): Promise<RunningLoad> {
  const { workers, progressIntervalMs, stopLimits, sampleDirectory, extensible } = settings;
  const ledger = new RunLedger().memory;
  const order = { plan, workers, ledger, progressIntervalMs, stopLimits, sampleDirectory, extensible };
  const team = new WorkerTeam(Array.from({ length: workers }, (_, worker) => ({ ...order, worker })));
  const unit = await team.ready();
  let startMs = Infinity;
  let interrupted = false;
  return {
    unit,
    start: async () => {
      startMs = performance.now() + leadMs;
      team.tell({ kind: "start", atNs: process.hrtime.bigint() + BigInt(leadMs * 1e6) });
      team.watch();
      if (interrupted) team.end();
      return await team.results();
    },
    get elapsedMs() {
      return performance.now() - startMs;
    },
    look: () => team.look(),
    append: (segment: ScheduleSegment) => team.tell({ kind: "append", segment }),
    interrupt: () => {
      interrupted = true;
      if (startMs < Infinity) team.end();
    },
    fail: (error) => team.fail(error),
  };
}
