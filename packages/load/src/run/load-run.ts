import { appendSegment, type Schedule, type ScheduleSegment } from "@weir/stats";
import { PhaseRecorder } from "../recording/phase-recorder.ts";
import type { RequestClocks, RequestOutcome } from "../recording/request-clocks.ts";
import { SliceRecorder } from "../recording/slice-recorder.ts";
import type { SampleSpool } from "../samples/sample-spool.ts";
import { createDriver } from "./create-driver.ts";
import { DueTimer } from "./due-timer.ts";
import { GeneratorMonitor } from "./generator-monitor.ts";
import type { DriverHost, LoadDriver } from "./load-driver.ts";
import type { LoadRunParts } from "./load-run-parts.ts";
import type { AppendedSegment, PartEnd, PartResult } from "./part-result.ts";
import type { ProgressView } from "./progress-view.ts";
import type { RunLedger } from "./run-ledger.ts";
import { RunTimers } from "./run-timers.ts";
import { StopRule } from "./stop-rule.ts";
import type { LossKind, RetryEnd, UserHost } from "./user-host.ts";

const cutOff: RequestOutcome = { kind: "cut-off" };

/** One worker's share of a run: starts what drives the load, hands warm-up over to the window, and ends it all. */
export class LoadRun implements UserHost, DriverHost {
  readonly #parts: LoadRunParts;
  readonly #ledger: RunLedger;
  readonly #requests: number | undefined;
  readonly #samples: SampleSpool | undefined;
  readonly #timer: DueTimer;
  readonly #timers: RunTimers;
  readonly #driver: LoadDriver;
  readonly #stopRule: StopRule;
  readonly #warmUp: PhaseRecorder;
  readonly #window: PhaseRecorder;
  readonly #monitor = new GeneratorMonitor();
  readonly #startMs: number;
  readonly #windowStartMs: number;
  readonly #deadlineMs: number;
  readonly #slices: SliceRecorder;
  readonly #appended: AppendedSegment[] = [];
  readonly #result: Promise<PartResult>;
  #resolve!: (result: Promise<PartResult>) => void;
  #reject!: (error: unknown) => void;
  #schedule: Schedule;
  #phase: PhaseRecorder;
  #inFlight = 0;
  #opened = 0;
  #sent = 0;
  #spunBeforeMs = 0;
  #ended = false;
  #lastView: ProgressView | undefined;

  constructor(parts: LoadRunParts) {
    this.#result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { plan, workload, ledger, startMs } = parts;
    this.#parts = parts;
    this.#ledger = ledger;
    this.#samples = parts.samples;
    this.#schedule = plan.schedule;
    this.#requests = plan.stop.requests;
    this.#startMs = startMs;
    this.#windowStartMs = startMs + plan.warmupMs;
    this.#deadlineMs = this.#windowStartMs + (plan.stop.durationMs ?? Infinity);
    const kinds = workload.parts?.length ?? 0;
    this.#warmUp = new PhaseRecorder(kinds, ledger.failureSignal("warmUp"), startMs);
    this.#window = new PhaseRecorder(kinds, ledger.failureSignal("window"), startMs);
    this.#phase = this.#warmUp;
    this.#slices = new SliceRecorder(startMs);
    this.#timer = new DueTimer(plan.preciseTiming === true);
    this.#timers = new RunTimers(this.#windowStartMs, this.#deadlineMs);
    this.#stopRule = new StopRule(ledger, Math.max(1, plan.schedule.users), parts.stopLimits, plan.stop);
    this.#driver = createDriver({
      ...parts,
      host: this,
      timer: this.#timer,
      windowStartMs: this.#windowStartMs,
      deadlineMs: this.#deadlineMs,
    });
  }

  get exhausted(): boolean {
    return this.#phase === this.#window && this.#ledger.admitted >= (this.#requests ?? Infinity);
  }

  /** Rejects where the workload itself breaks. */
  async run(): Promise<PartResult> {
    if (!this.#ended) {
      this.#timers.start(
        (nowMs) => this.#enterWindow(nowMs),
        () => this.#finish({ kind: "finished", by: "duration" }),
      );
      this.#driver.start();
    }
    return await this.#result;
  }

  /** Ends it from outside. */
  end(end: PartEnd): void {
    this.#finish(end);
  }

  /** Throws a RangeError where the segment does not fit. */
  append(segment: ScheduleSegment): void {
    if (this.#ended) return;
    this.#schedule = appendSegment(this.#schedule, segment);
    this.#appended.push({ atMs: performance.now() - this.#startMs, segment });
    this.#driver.extend(this.#schedule);
  }

  /** Another worker has admitted the last request that was asked for: who is still to come need not. */
  noteExhausted(): void {
    if (this.#ended) return;
    this.#enterWindow(performance.now());
    this.#driver.onExhausted();
  }

  look(): ProgressView {
    if (this.#lastView !== undefined) return this.#lastView;
    const nowMs = performance.now();
    const inWindow = this.#phase === this.#window;
    const { whole } = this.#phase;
    return {
      inWindow,
      elapsedMs: nowMs - this.#startMs,
      inFlight: this.#inFlight,
      users: this.#driver.users,
      completed: whole.completed,
      failed: whole.failures.total,
      turnsEnded: this.#phase.turnsEnded,
      failures: whole.failures.countByKind(),
      responseMs: whole.responseMs,
      ttftMs: whole.ttftMs,
      recent: this.#slices.recent(nowMs, inWindow ? this.#windowStartMs : this.#startMs),
      generator: this.#monitor.look(this.#timer.spunMs - this.#spunBeforeMs),
    };
  }

  admit(dueMs: number): boolean {
    if (this.#ended || this.#ledger.halted) return false;
    this.#enterWindow(dueMs);
    if (this.#requests !== undefined) {
      if (this.#phase === this.#warmUp) this.#ledger.hold(1);
      else if (!this.#ledger.take(this.#requests)) return false;
    }
    this.#offer(dueMs);
    return true;
  }

  admitNextOfTurn(dueMs: number): boolean {
    if (this.#ended || this.#ledger.halted) return false;
    if (this.#requests !== undefined && this.#phase === this.#warmUp) this.#ledger.hold(1);
    this.#phase.continueTurn();
    this.#offer(dueMs);
    return true;
  }

  onConnected(): void {
    this.#opened += 1;
  }

  onSent(clocks: RequestClocks): void {
    this.#sent += 1;
    if (clocks.attempt > 0) {
      this.#phase.retries.attempt();
      return;
    }
    this.#phase.send();
    this.#slices.send(clocks.sentMs);
  }

  onRequestEnd(clocks: RequestClocks, outcome: RequestOutcome, loss: LossKind | undefined): void {
    this.#enterWindow(clocks.endMs);
    this.#inFlight -= 1;
    // A place that was held in the warm-up is free again; one that is held when the window begins is taken.
    if (this.#requests !== undefined && this.#phase === this.#warmUp) this.#ledger.hold(-1);
    // The timer that ends the run may be late; the window is not.
    const tooLate = clocks.endMs > this.#deadlineMs;
    const counted = tooLate ? cutOff : outcome;
    this.#phase.end(clocks, counted);
    this.#keepSample(clocks, counted);
    if (tooLate) {
      this.#finish({ kind: "finished", by: "duration" });
      return;
    }
    this.#slices.end(clocks, outcome);
    const atMs = clocks.endMs - this.#startMs;
    if (outcome.kind === "completed") this.#stopRule.succeeded(atMs);
    else if (loss !== undefined) {
      const reason = this.#stopRule.failed(loss, atMs);
      if (reason !== undefined) this.#finish({ kind: "stopped", reason });
    }
  }

  onRetryEnd(clocks: RequestClocks, outcome: RequestOutcome, end: RetryEnd): void {
    this.#enterWindow(clocks.endMs);
    this.#keepSample(clocks, outcome);
    if (end === "given-up") this.#phase.retries.giveUp();
    if (end === "recovered") this.#phase.retries.recover(clocks.endMs - clocks.dueMs);
  }

  onTurnEnd(firstDueMs: number, endMs: number, good: boolean): void {
    if (endMs <= this.#deadlineMs) this.#phase.endTurn(endMs - firstDueMs, good);
  }

  onUserDone(): void {
    this.#driver.onUserDone();
  }

  onScheduleDone(): void {
    this.#finish({ kind: "finished", by: this.exhausted ? "requests" : "schedule" });
  }

  onDefect(error: unknown): void {
    this.#reject(error);
    this.#finish({ kind: "interrupted" });
  }

  #offer(dueMs: number): void {
    this.#inFlight += 1;
    this.#phase.offer();
    this.#slices.offer(dueMs);
  }

  #keepSample(clocks: RequestClocks, outcome: RequestOutcome): void {
    this.#samples?.add(clocks, outcome, this.#phase === this.#window, this.#startMs);
  }

  // The window begins with the first thing that happens in it. What is in flight then is handed over, not drained:
  // it counts where it ends, and keeps its place among the requests that were asked for.
  #enterWindow(atMs: number): void {
    if (this.#phase === this.#window || this.#ended || atMs < this.#windowStartMs) return;
    this.#phase = this.#window;
    this.#monitor.restart();
    this.#spunBeforeMs = this.#timer.spunMs;
  }

  #finish(end: PartEnd): void {
    if (this.#ended) return;
    const endMs = Math.max(this.#startMs, Math.min(performance.now(), this.#deadlineMs));
    const { users } = this.#driver;
    this.#driver.settle(endMs);
    this.#ended = true;
    if (end.kind === "stopped") {
      this.#ledger.halt();
      this.#parts.onStop?.();
    }
    this.#timer.close();
    this.#timers.close();
    this.#driver.stop(endMs);
    this.#lastView = this.look();
    this.#resolve(this.#toResult(end, endMs, users));
  }

  async #toResult(end: PartEnd, endMs: number, users: number): Promise<PartResult> {
    const { workload } = this.#parts;
    const inWindow = this.#phase === this.#window;
    const generator = this.#monitor.finish(this.#timer.spunMs - this.#spunBeforeMs);
    return {
      end,
      endMs: endMs - this.#startMs,
      inWindow,
      warmUp: this.#warmUp.encode(),
      window: this.#window.encode(),
      slices: this.#slices.finish(endMs),
      attainment: this.#driver.attainment(inWindow ? this.#windowStartMs : this.#startMs, endMs),
      users,
      connectionsOpened: this.#opened,
      requestsSent: this.#sent,
      generator,
      samples: await this.#samples?.finish(),
      appended: this.#appended,
      scheduleHash: this.#schedule.hash,
      workload: {
        unit: workload.unit,
        requests: workload.requests,
        parts: workload.parts ?? [],
        checks: workload.checks,
      },
    };
  }
}
