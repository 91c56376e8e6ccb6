import type { Worker } from "node:worker_threads";
import { WeirError } from "@weir/protocol";
import type { PartResult } from "../run/part-result.ts";
import { mergeViews, type EncodedView, type ProgressView } from "../run/progress-view.ts";
import { startThread } from "./start-thread.ts";
import { fromSentError, type WorkerCommand, type WorkerOrder, type WorkerReport } from "./worker-messages.ts";

/** A worker may still be writing its rows. */
const longestEndMs = 30_000;
const entry = new URL("./load-worker-main", import.meta.url);

/** The threads of one run. When one is lost or breaks, all of them end and the run fails: half a load is no result. */
export class WorkerTeam {
  readonly #threads: readonly Worker[];
  readonly #parts: (PartResult | undefined)[];
  readonly #views = new Map<number, EncodedView>();
  readonly #ready: Deferred<void> = defer();
  readonly #ended: Deferred<void> = defer();
  readonly #gone: Promise<unknown>;
  #waitedFor: number;
  #failed = false;

  constructor(orders: readonly WorkerOrder[]) {
    this.#waitedFor = orders.length;
    this.#parts = orders.map(() => undefined);
    this.#threads = orders.map((order) => startThread(entry, order));
    this.#gone = Promise.all(this.#threads.map((thread, worker) => this.#watch(thread, worker)));
  }

  /** Resolves when all have prepared what they send. Rejects, with all threads gone, where one cannot. */
  async ready(): Promise<void> {
    try {
      await Promise.race([this.#ready.promise, this.#ended.promise]);
    } catch (error) {
      await this.#gone;
      throw error;
    }
  }

  /** One for each worker, in their order. Settles when all threads are gone. */
  async results(): Promise<readonly PartResult[]> {
    try {
      await this.#ended.promise;
    } finally {
      await this.#gone;
    }
    return this.#parts.map((part) => part!);
  }

  look(): ProgressView {
    return mergeViews([...this.#views.values()]);
  }

  tell(command: WorkerCommand): void {
    for (const worker of this.#threads) worker.postMessage(command, []);
  }

  /** Interrupts the run in all threads. One that does not end soon is lost, so that nothing hangs on it. */
  end(): void {
    this.tell({ kind: "end", end: "interrupted" });
    const timer = setTimeout(() => {
      const worker = this.#parts.indexOf(undefined);
      if (worker >= 0) this.#lose(worker, `it did not end within ${longestEndMs} ms`, undefined);
    }, longestEndMs);
    void this.#gone.finally(() => clearTimeout(timer));
  }

  /** Ends all threads at once. */
  fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#ended.reject(error);
    for (const thread of this.#threads) void thread.terminate();
  }

  async #watch(thread: Worker, worker: number): Promise<void> {
    await new Promise<void>((resolve) => {
      thread.on("message", (report: WorkerReport) => this.#hear(report, worker));
      thread.once("error", (error) => this.#lose(worker, error.message, error));
      thread.once("messageerror", (error) => this.#lose(worker, error.message, error));
      thread.once("exit", (code) => {
        if (this.#parts[worker] === undefined) this.#lose(worker, `it exited with code ${code}`, undefined);
        resolve();
      });
    });
  }

  #hear(report: WorkerReport, worker: number): void {
    switch (report.kind) {
      case "ready":
        this.#waitedFor -= 1;
        if (this.#waitedFor > 0) return;
        this.#waitedFor = this.#threads.length;
        this.#ready.resolve();
        break;
      case "progress":
        this.#views.set(worker, report.view);
        break;
      case "stopped":
        this.tell({ kind: "end", end: "called-off" });
        break;
      case "ended":
        this.#views.set(worker, report.view);
        this.#parts[worker] = report.part;
        this.#waitedFor -= 1;
        if (report.part.end.kind === "finished" && report.part.end.by === "requests")
          this.tell({ kind: "exhausted" });
        if (this.#waitedFor === 0) this.#ended.resolve();
        break;
      case "failed":
        this.fail(fromSentError(report.error));
        break;
    }
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
