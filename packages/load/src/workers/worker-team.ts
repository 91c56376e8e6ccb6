import type { Worker } from "node:worker_threads";
import { WeirError } from "@weir/protocol";
import type { PartResult } from "../run/part-result.ts";
import { mergeViews, type EncodedView, type ProgressView } from "../run/progress-view.ts";
import type { RunOutcome } from "../run/running-load.ts";
import { runsScenario } from "../scenario/runs-scenario.ts";
import type { UnitKind } from "../workload.ts";
import { SilenceWatch } from "./silence-watch.ts";
import { startThread } from "./start-thread.ts";
import { fromSentError, type WorkerCommand, type WorkerOrder, type WorkerReport } from "./worker-messages.ts";

/** How long a worker may take, in milliseconds. */
export interface Patience {
  /** Without a word while the run goes: whoever is silent for so long is blocked. */
  readonly silentMs: number;
  /** From the word to end to the first sign of it. */
  readonly endMs: number;
  /** To write its rows after that. */
  readonly writeMs: number;
}

const usualPatience: Patience = { silentMs: 5000, endMs: 2500, writeMs: 30_000 };
const entry = new URL("./load-worker-main", import.meta.url);

/**
 * The threads of one run. When one breaks, all of them end and the run fails: half a load is no result. One whose event
 * loop is blocked is given up; what the others have seen is kept, as an interrupted run.
 */
export class WorkerTeam {
  readonly #threads: readonly Worker[];
  readonly #parts: (PartResult | undefined)[];
  readonly #lost: (string | undefined)[];
  readonly #views = new Map<number, EncodedView>();
  readonly #ready: Deferred<UnitKind> = defer();
  readonly #ended: Deferred<void> = defer();
  readonly #gone: Promise<unknown>;
  readonly #ending = new Set<number>();
  readonly #patience: Patience;
  readonly #scenario: boolean;
  readonly #silence: SilenceWatch;
  #waitedFor: number;
  #failed = false;

  constructor(orders: readonly WorkerOrder[], patience: Patience = usualPatience) {
    this.#waitedFor = orders.length;
    this.#parts = orders.map(() => undefined);
    this.#lost = orders.map(() => undefined);
    this.#patience = patience;
    this.#scenario = orders.some((order) => runsScenario(order.plan.workload));
    const progressMs = Math.max(...orders.map((order) => order.progressIntervalMs));
    this.#silence = new SilenceWatch(orders.length, patience.silentMs + 2 * progressMs, (worker) =>
      this.#giveUp(worker, `was silent for ${patience.silentMs / 1000} s`),
    );
    this.#threads = orders.map((order) => startThread(entry, order));
    this.#gone = Promise.all(this.#threads.map((thread, worker) => this.#listen(thread, worker)));
    void this.#gone.finally(() => this.#silence.close());
  }

  /** Resolves when all have prepared what they send. Rejects, with all threads gone, where one cannot. */
  async ready(): Promise<UnitKind> {
    try {
      return (await Promise.race([this.#ready.promise, this.#ended.promise])) as UnitKind;
    } catch (error) {
      await this.#gone;
      throw error;
    }
  }

  /** The run begins: from now on every worker must be heard of. */
  watch(): void {
    this.#silence.start();
  }

  /** What the workers found out. Settles when all threads are gone. */
  async results(): Promise<RunOutcome> {
    try {
      await this.#ended.promise;
    } finally {
      await this.#gone;
    }
    return {
      parts: this.#parts.filter((part) => part !== undefined),
      lost: this.#lost.filter((why) => why !== undefined),
    };
  }

  look(): ProgressView {
    return mergeViews([...this.#views.values()]);
  }

  tell(command: WorkerCommand): void {
    for (const worker of this.#threads) worker.postMessage(command, []);
  }

  /** Interrupts the run in all threads. One that does not end soon is given up, so that nothing hangs on it. */
  end(): void {
    this.tell({ kind: "end", end: "interrupted" });
    const { endMs, writeMs } = this.#patience;
    const giveUpAfter = (ms: number, why: string, whom: (worker: number) => boolean): void => {
      const timer = setTimeout(() => {
        for (const worker of this.#threads.keys()) if (whom(worker)) this.#giveUp(worker, why);
      }, ms);
      void this.#gone.finally(() => clearTimeout(timer));
    };
    giveUpAfter(endMs, `did not react within ${endMs / 1000} s`, (worker) => !this.#ending.has(worker));
    giveUpAfter(endMs + writeMs, `did not end within ${writeMs / 1000} s`, () => true);
  }

  /** Ends all threads at once. */
  fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#ended.reject(error);
    for (const thread of this.#threads) void thread.terminate();
  }

  async #listen(thread: Worker, worker: number): Promise<void> {
    await new Promise<void>((resolve) => {
      thread.on("message", (report: WorkerReport) => this.#hear(report, worker));
      thread.once("error", (error) => this.#lose(worker, error.message, error));
      thread.once("messageerror", (error) => this.#lose(worker, error.message, error));
      thread.once("exit", (code) => {
        if (!this.#isOver(worker)) this.#lose(worker, `it exited with code ${code}`, undefined);
        resolve();
      });
    });
  }

  #hear(report: WorkerReport, worker: number): void {
    if (this.#isOver(worker)) return;
    this.#silence.hear(worker);
    switch (report.kind) {
      case "ready":
        this.#waitedFor -= 1;
        if (this.#waitedFor > 0) return;
        this.#waitedFor = this.#threads.length;
        this.#ready.resolve(report.unit);
        break;
      case "progress":
        this.#views.set(worker, report.view);
        break;
      case "stopped":
        this.tell({ kind: "end", end: "called-off" });
        break;
      case "ending":
        this.#ending.add(worker);
        break;
      case "ended":
        this.#views.set(worker, report.view);
        this.#parts[worker] = report.part;
        if (report.part.end.kind === "finished" && report.part.end.by === "requests")
          this.tell({ kind: "exhausted" });
        this.#noteOver(worker);
        break;
      case "failed":
        this.fail(fromSentError(report.error));
        break;
    }
  }

  #isOver(worker: number): boolean {
    return this.#parts[worker] !== undefined || this.#lost[worker] !== undefined;
  }

  #noteOver(worker: number): void {
    this.#silence.forget(worker);
    this.#waitedFor -= 1;
    if (this.#waitedFor > 0) return;
    if (this.#parts.some((part) => part !== undefined)) this.#ended.resolve();
    else
      this.fail(
        new WeirError(
          this.#scenario ? "USAGE" : "INTERNAL",
          this.#lost.find((why) => why !== undefined)!,
        ),
      );
  }

  #giveUp(worker: number, why: string): void {
    if (this.#failed || this.#isOver(worker)) return;
    const first = this.#lost.every((lost) => lost === undefined);
    const blocked = this.#scenario
      ? "its event loop is blocked: the scenario did not yield"
      : "its event loop is blocked";
    this.#lost[worker] =
      `worker ${worker} of ${this.#threads.length} ${why}, so it was given up and its figures are missing: ${blocked}.`;
    void this.#threads[worker]!.terminate();
    this.#noteOver(worker);
    if (first && this.#waitedFor > 0) this.end();
  }

  #lose(worker: number, why: string, cause: unknown): void {
    const message = `worker ${worker} of ${this.#threads.length} was lost: ${why}. Run again with --workers 1 to see whether it is the plan.`;
    this.fail(new WeirError("INTERNAL", message, { cause }));
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function defer<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, "promise"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever asks for it hears of a failure; one that nobody asks for must not end the process.
  promise.catch(() => {});
  return { promise, ...settle! };
}
