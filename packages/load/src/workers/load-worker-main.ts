import { parentPort, workerData } from "node:worker_threads";
import { LoadRun } from "../run/load-run.ts";
import { prepareRun } from "../run/prepare-run.ts";
import { encodeView } from "../run/progress-view.ts";
import { RunLedger } from "../run/run-ledger.ts";
import { SampleSpool } from "../samples/sample-spool.ts";
import { toSentError, type WorkerCommand, type WorkerOrder, type WorkerReport } from "./worker-messages.ts";
import { toWorkerPlan } from "./worker-plan.ts";

/** The entry of a worker thread: prepares its share of a run, waits for the start, reports, and ends. */
async function main(order: WorkerOrder, port: NonNullable<typeof parentPort>): Promise<void> {
  const report = (message: WorkerReport): void => port.postMessage(message);
  const { worker, workers, sampleDirectory, stopLimits, extensible } = order;
  const plan = toWorkerPlan(order.plan, worker, workers);
  const prepared = prepareRun(plan);
  const samples =
    sampleDirectory === undefined ? undefined : await SampleSpool.create(sampleDirectory, worker);
  const start = (atNs: bigint): LoadRun =>
    new LoadRun({
      plan,
      ...prepared,
      slice: { worker, workers },
      ledger: new RunLedger(order.ledger),
      startMs: performance.now() + Number(atNs - process.hrtime.bigint()) / 1e6,
      stopLimits,
      samples,
      extensible,
      onStop: () => report({ kind: "stopped" }),
    });
  let run: LoadRun | undefined;
  port.on("message", (command: WorkerCommand) => {
    switch (command.kind) {
      case "start":
        run = start(command.atNs);
        void carryOut(run, order.progressIntervalMs, report).finally(() => port.close());
        break;
      case "append":
        run?.append(command.segment);
        break;
      case "exhausted":
        run?.noteExhausted();
        break;
      case "end":
        report({ kind: "ending" });
        run?.end({ kind: command.end });
        break;
    }
  });
  report({ kind: "ready", unit: prepared.workload.unit });
}

async function carryOut(
  run: LoadRun,
  progressIntervalMs: number,
  report: (message: WorkerReport) => void,
): Promise<void> {
  const timer = setInterval(() => {
    run.publishPending();
    report({ kind: "progress", view: encodeView(run.look()) });
  }, progressIntervalMs);
  try {
    const part = await run.run();
    report({ kind: "ended", view: encodeView(run.look()), part });
  } catch (error) {
    report({ kind: "failed", error: toSentError(error) });
  } finally {
    clearInterval(timer);
  }
}

const port = parentPort;
if (port !== null)
  main(workerData as WorkerOrder, port).catch((error: unknown) => {
    port.postMessage({ kind: "failed", error: toSentError(error) } satisfies WorkerReport);
    port.close();
  });
