import { appendSegment, type Schedule, type ScheduleSegment } from "@weir/stats";
import { PhaseRecorder } from "../recording/phase-recorder.ts";
import type { RequestClocks, RequestOutcome } from "../recording/request-clocks.ts";
import { SliceRecorder } from "../recording/slice-recorder.ts";
import type { SampleSpool } from "../samples/sample-spool.ts";
import { createDriver } from "./create-driver.ts";
import { Deferred } from "./deferred.ts";
import { DueTimer } from "./due-timer.ts";
import { GeneratorMonitor } from "./generator-monitor.ts";
import { roundingMs, type DriverHost, type LoadDriver } from "./load-driver.ts";
import type { LoadRunParts } from "./load-run-parts.ts";
import { toPartWorkload, type AppendedSegment, type PartEnd, type PartResult } from "./part-result.ts";
import { lookAtPhase, type ProgressView } from "./progress-view.ts";
import type { RunLedger } from "./run-ledger.ts";
import { RequestCounts, toCutOff } from "./request-counts.ts";
import { RunTimers } from "./run-timers.ts";
import { StopRule } from "./stop-rule.ts";
import type { LossKind, RetryEnd, UserHost } from "./user-host.ts";
import type { VirtualUser } from "./virtual-user.ts";

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
  readonly #monitor: GeneratorMonitor;
  readonly #startMs: number;
  readonly #windowStartMs: number;
  readonly #deadlineMs: number;
  readonly #slices: SliceRecorder;
  readonly #appended: AppendedSegment[] = [];
  readonly #result = new Deferred<PartResult>();
  #schedule: Schedule;
  #phase: PhaseRecorder;
  readonly #requestCounts = new RequestCounts();
  #spunBeforeMs = 0;
  #ended = false;
  #lastView: ProgressView | undefined;

  constructor(parts: LoadRunParts) {
    const { plan, workload, ledger, startMs } = parts;
    this.#parts = parts;
    this.#ledger = ledger;
    this.#samples = parts.samples;
    this.#schedule = plan.schedule;
    this.#monitor = new GeneratorMonitor(
      plan.schedule.kind === "closed-loop"
        ? () => ({ inFlight: this.#requestCounts.inFlight, ended: this.#phase.whole.ended })
        : undefined,
    );
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
    this.#stopRule = new StopRule(
      ledger,
      Math.max(1, plan.schedule.users),
      parts.stopLimits,
      plan.stop,
      () => {
        this.publishPending();
        return ledger.oldestPendingMs();
      },
    );
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
    return await this.#result.promise;
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

  /** Lets the other workers know since when this one has waited for an answer. */
  publishPending(): void {
    this.#ledger.notePending(this.#parts.slice.worker, this.#requestCounts.oldestPendingMs - this.#startMs);
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
    return {
      ...lookAtPhase(this.#phase),
      ...this.#requestCounts.look(),
      inWindow,
      elapsedMs: nowMs - this.#startMs,
      users: this.#driver.users,
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

  onUser(user: VirtualUser): void {
    this.#requestCounts.addUser(user);
  }

  onActed(wantedMs: number): void {
    if (!this.#ended) this.#monitor.act(wantedMs);
  }

  onConnectionWait(dueMs: number): void {
    this.#monitor.noteConnectionWait(dueMs);
  }

  onLostWhileIdle(): void {
    this.#requestCounts.loseWhileIdle();
  }

  onConnected(): void {
    this.#requestCounts.connect();
  }

  onSent(clocks: RequestClocks): void {
    this.#requestCounts.send(clocks);
    if (clocks.attempt > 0) {
      this.#phase.retries.attempt(clocks.attempt);
      return;
    }
    this.#phase.send();
    this.#slices.send(clocks.sentMs);
  }

  onRequestEnd(clocks: RequestClocks, outcome: RequestOutcome, loss: LossKind | undefined): void {
    this.#enterWindow(clocks.endMs);
    this.#requestCounts.end(clocks);
    // A place that was held in the warm-up is free again; one that is held when the window begins is taken.
    if (this.#requests !== undefined && this.#phase === this.#warmUp) this.#ledger.hold(-1);
    // The timer that ends the run may be late; the window is not.
    const tooLate = clocks.endMs > this.#deadlineMs;
    const counted = tooLate ? toCutOff(outcome, clocks, this.#deadlineMs) : outcome;
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
      const reason = this.#stopRule.failed(loss, atMs, clocks.endMs - clocks.sentMs);
      if (reason !== undefined) this.#finish({ kind: "stopped", reason });
    }
  }

  onRetryEnd(clocks: RequestClocks, outcome: RequestOutcome, end: RetryEnd): void {
    this.#enterWindow(clocks.endMs);
    this.#keepSample(clocks, outcome);
    this.#phase.retries.end(clocks, end);
  }

  onTurnEnd(firstDueMs: number, endMs: number, good: boolean): void {
    if (endMs <= this.#deadlineMs) this.#phase.endTurn(endMs - firstDueMs, good);
  }

  leaveWaiting(ageMs: number, count: number): void {
    this.#requestCounts.leave(count);
    this.#phase.leaveWaiting(ageMs, count);
  }

  onUserDone(): void {
    this.#driver.onUserDone();
  }

  onScheduleDone(): void {
    this.#finish({ kind: "finished", by: this.exhausted ? "requests" : "schedule" });
  }

  onDefect(error: unknown): void {
    this.#result.reject(error);
    this.#finish({ kind: "interrupted" });
  }

  #offer(dueMs: number): void {
    this.#requestCounts.offer();
    this.#phase.offer();
    this.#slices.offer(dueMs);
  }

  #keepSample(clocks: RequestClocks, outcome: RequestOutcome): void {
    this.#samples?.add(clocks, outcome, this.#phase === this.#window, this.#startMs);
  }

  // The window begins with the first thing that happens in it. What is in flight then is handed over, not drained:
  // it counts where it ends, and keeps its place among the requests that were asked for.
  #enterWindow(atMs: number): void {
    if (this.#phase === this.#window || this.#ended || atMs < this.#windowStartMs - roundingMs) return;
    this.#phase = this.#window;
    this.#monitor.restart();
    this.#spunBeforeMs = this.#timer.spunMs;
  }

  #finish(end: PartEnd): void {
    if (this.#ended) return;
    // First of all: until then the other threads go on sending.
    if (end.kind === "stopped") this.#ledger.halt();
    const endMs = Math.max(this.#startMs, Math.min(performance.now(), this.#deadlineMs));
    const { users } = this.#driver;
    this.#driver.settle(endMs);
    this.#ended = true;
    this.#lastView = this.look();
    if (end.kind === "stopped") this.#parts.onStop?.();
    this.#timer.close();
    this.#timers.close();
    this.#driver.stop(endMs);
    this.#result.resolve(this.#toResult(end, endMs, users));
  }

  async #toResult(end: PartEnd, endMs: number, users: number): Promise<PartResult> {
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
      ...this.#requestCounts.connections,
      generator,
      samples: await this.#samples?.finish(),
      appended: this.#appended,
      scheduleHash: this.#schedule.hash,
      workload: toPartWorkload(this.#parts.workload),
    };
  }
}
