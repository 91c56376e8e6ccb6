import { SampleSpool } from "../samples/sample-spool.ts";
import type { LoadPlan } from "./load-plan.ts";
import { LoadRun } from "./load-run.ts";
import type { PreparedRun } from "./prepare-run.ts";
import { RunLedger } from "./run-ledger.ts";
import type { RunningLoad } from "./running-load.ts";
import type { StopLimits } from "./stop-rule.ts";

export interface RunSettings {
  readonly stopLimits: StopLimits | undefined;
  /** Folder of raw rows; undefined keeps none. */
  readonly sampleDirectory: string | undefined;
  readonly extensible: boolean;
}

/** A run that costs no other thread. Its clock begins here: whoever has it starts it at once. */
export async function runInThisThread(
  plan: LoadPlan,
  prepared: PreparedRun,
  settings: RunSettings,
): Promise<RunningLoad> {
  const { stopLimits, sampleDirectory, extensible } = settings;
  const samples = sampleDirectory === undefined ? undefined : await SampleSpool.create(sampleDirectory, 0);
  const startMs = performance.now();
  const run = new LoadRun({
    plan,
    ...prepared,
    slice: { worker: 0, workers: 1 },
    ledger: new RunLedger(),
    startMs,
    stopLimits,
    samples,
    extensible,
  });
  return {
    start: async () => ({ parts: [await run.run()], lost: [] }),
    unit: prepared.workload.unit,
    get elapsedMs() {
      return performance.now() - startMs;
    },
    look: () => run.look(),
    append: (segment) => run.append(segment),
    interrupt: () => run.end({ kind: "interrupted" }),
    fail: (error) => run.onDefect(error),
  };
}
