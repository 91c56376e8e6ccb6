import type { HttpTarget } from "../http/http-target.ts";
import { PhaseRecorder } from "../recording/phase-recorder.ts";
import type { RequestClocks, RequestOutcome } from "../recording/request-clocks.ts";
import { SliceRecorder } from "../recording/slice-recorder.ts";
import type { Workload } from "../workload.ts";
import { judgeGenerator } from "./generator-health.ts";
import { GeneratorMonitor } from "./generator-monitor.ts";
import type { LoadPlan } from "./load-plan.ts";
import { DueTimer } from "./due-timer.ts";
import type { DriverHost, LoadDriver } from "./load-driver.ts";
import { describeProgress } from "./load-progress.ts";
import type { LoadResult, RunEnd, StopPoint, UntilFirstFailure } from "./load-result.ts";
import { OpenLoop } from "./open-loop.ts";
import type { RunLoadOptions } from "./run-load.ts";
import { StopRule } from "./stop-rule.ts";
import { UserCrowd } from "./user-crowd.ts";
import { VirtualUser, type LossKind, type TurnOwner, type UserHost } from "./virtual-user.ts";

const defaultProgressIntervalMs = 250;
const defaultMaxConnections = 1024;

/**
 * How many sessions arrivals go round. A prime, so that a step that is no multiple of it visits all, and this step, near
 * the golden section of it, puts connections that are opened side by side far apart in what they send.
 */
export const arrivalSessions = 1009;
const arrivalSessionStep = 624;
const cutOff: RequestOutcome = { kind: "cut-off" };

/** One run: starts what drives the load, hands warm-up over to the window, and ends it all. */
export class LoadRun implements UserHost, DriverHost {
  readonly #plan: LoadPlan;
  readonly #workload: Workload;
  readonly #options: RunLoadOptions;
  readonly #target: HttpTarget;
  readonly #timer: DueTimer;
  readonly #driver: LoadDriver;
  readonly #stopRule: StopRule;
  readonly #warmUp = new PhaseRecorder();
  readonly #window = new PhaseRecorder();
  readonly #monitor = new GeneratorMonitor();
  readonly #startedAt = new Date().toISOString();
  readonly #startMs = performance.now();
  readonly #windowStartMs: number;
  readonly #deadlineMs: number;
  readonly #slices: SliceRecorder;
  readonly #result: Promise<LoadResult>;
  #resolve!: (result: LoadResult) => void;
  #reject!: (error: unknown) => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #phase: PhaseRecorder = this.#warmUp;
  #inFlight = 0;
  #admitted = 0;
  #spunBeforeMs = 0;
  #ended = false;

  constructor(plan: LoadPlan, target: HttpTarget, workload: Workload, options: RunLoadOptions) {
    this.#result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#plan = plan;
    this.#workload = workload;
    this.#options = options;
    this.#windowStartMs = this.#startMs + plan.warmupMs;
    this.#deadlineMs = this.#windowStartMs + (plan.stop.durationMs ?? Infinity);
    this.#slices = new SliceRecorder(this.#startMs);
    this.#target = target;
    this.#timer = new DueTimer(plan.preciseTiming === true);
    this.#stopRule = new StopRule(Math.max(1, plan.schedule.users), options.stopLimits, plan.stop);
    this.#driver = this.#createDriver(plan);
  }

  #createDriver({ schedule, stop, transport }: LoadPlan): LoadDriver {
    const common = { startMs: this.#startMs, timer: this.#timer, host: this };
    if (schedule.kind === "open-loop")
      return new OpenLoop(
        {
          ...common,
          schedule,
          deadlineMs: this.#deadlineMs,
          maxConnections: transport.maxConnections ?? defaultMaxConnections,
          createUser: (index, owner) =>
            this.#createUser((index * arrivalSessionStep) % arrivalSessions, owner),
        },
        this.#windowStartMs,
      );
    return new UserCrowd(
      {
        ...common,
        schedule,
        // More users than requests would leave requests of the warm-up over that nobody asked for.
        maxUsers: stop.requests ?? Infinity,
        createUser: (index, owner) => this.#createUser(index, owner),
      },
      this.#windowStartMs,
    );
  }

  #createUser(session: number, owner: TurnOwner | undefined): VirtualUser {
    const { transport } = this.#plan;
    return new VirtualUser(this.#target, transport, this.#workload.createSession(session), this, owner);
  }

  get exhausted(): boolean {
    return this.#phase === this.#window && this.#admitted >= (this.#plan.stop.requests ?? Infinity);
  }

  async run(): Promise<LoadResult> {
    const { signal, onProgress, progressIntervalMs = defaultProgressIntervalMs } = this.#options;
    const onAbort = (): void => this.#finish({ kind: "interrupted" });
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      if (signal?.aborted === true) this.#finish({ kind: "interrupted" });
      else {
        this.#armTimers();
        if (onProgress !== undefined)
          this.#timers.push(setInterval(() => this.#tell(onProgress), progressIntervalMs));
        this.#driver.start();
      }
      return await this.#result;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      for (const timer of this.#timers) clearTimeout(timer);
    }
  }

  admit(dueMs: number): boolean {
    if (this.#ended) return false;
    this.#enterWindow(dueMs);
    const { requests } = this.#plan.stop;
    if (requests !== undefined && this.#phase === this.#window) {
      if (this.#admitted >= requests) return false;
      this.#admitted += 1;
    }
    this.#inFlight += 1;
    this.#phase.offer();
    this.#slices.offer(dueMs);
    return true;
  }

  onSent(sentMs: number): void {
    this.#phase.send();
    this.#slices.send(sentMs);
  }

  onRequestEnd(clocks: RequestClocks, outcome: RequestOutcome, loss: LossKind | undefined): void {
    this.#enterWindow(clocks.endMs);
    this.#inFlight -= 1;
    // The timer that ends the run may be late; the window is not.
    if (clocks.endMs > this.#deadlineMs) {
      this.#phase.end(clocks, cutOff);
      this.#finish({ kind: "finished", by: "duration" });
      return;
    }
    this.#phase.end(clocks, outcome);
    this.#slices.end(clocks, outcome);
    if (outcome.kind === "completed") this.#stopRule.succeeded();
    else if (loss !== undefined) {
      const reason = this.#stopRule.failed(loss, clocks.endMs);
      if (reason !== undefined) this.#finish({ kind: "stopped", reason, at: this.#stopPoint() });
    }
  }

  onUserDone(): void {
    this.#driver.onUserDone();
  }

  onScheduleDone(): void {
    this.#finish({ kind: "finished", by: this.exhausted ? "requests" : "schedule" });
  }

  #stopPoint(): StopPoint {
    const warmUp = this.#phase === this.#warmUp ? undefined : this.#warmUp;
    const failed = this.#phase.failed + (warmUp?.failed ?? 0);
    const requests = this.#phase.completed + (warmUp?.completed ?? 0) + failed;
    return { users: this.#driver.users, requests, failed, failureShare: failed / requests };
  }

  onDefect(error: unknown): void {
    this.#reject(error);
    this.#finish({ kind: "interrupted" });
  }

  #armTimers(): void {
    const untilWindowMs = Math.max(0, this.#windowStartMs - performance.now());
    this.#timers.push(setTimeout(() => this.#enterWindow(performance.now()), untilWindowMs));
    if (this.#deadlineMs < Infinity) this.#armDeadline();
  }

  // Node's timers hold 24 days; a longer run arms one after the other.
  #armDeadline(): void {
    const leftMs = this.#deadlineMs - performance.now();
    const timer = setTimeout(
      () => {
        if (performance.now() >= this.#deadlineMs) this.#finish({ kind: "finished", by: "duration" });
        else this.#armDeadline();
      },
      Math.min(leftMs, 2 ** 31 - 1),
    );
    this.#timers.push(timer);
  }

  // The window begins with the first thing that happens in it. What is in flight then is handed over, not drained:
  // it counts where it ends, and takes its place among the requests that were asked for.
  #enterWindow(atMs: number): void {
    if (this.#phase === this.#window || this.#ended || atMs < this.#windowStartMs) return;
    this.#phase = this.#window;
    this.#admitted = this.#inFlight;
    this.#monitor.restart();
    this.#spunBeforeMs = this.#timer.spunMs;
  }

  #finish(end: RunEnd): void {
    if (this.#ended) return;
    const endMs = Math.min(performance.now(), this.#deadlineMs);
    this.#driver.settle(endMs);
    this.#ended = true;
    this.#timer.close();
    this.#driver.stop(endMs);
    const { onProgress } = this.#options;
    if (onProgress !== undefined) this.#tell(onProgress);
    this.#resolve(this.#toResult(end, endMs));
  }

  #tell(onProgress: NonNullable<RunLoadOptions["onProgress"]>): void {
    const nowMs = performance.now();
    const inWindow = this.#phase === this.#window;
    try {
      onProgress(
        describeProgress({
          plan: this.#plan,
          unit: this.#workload.unit,
          inWindow,
          elapsedMs: nowMs - this.#startMs,
          inFlight: this.#inFlight,
          users: this.#plan.schedule.kind === "open-loop" ? null : this.#driver.users,
          generator: this.#monitor.look(this.#timer.spunMs - this.#spunBeforeMs),
          phase: this.#phase,
          recent: this.#slices.recent(nowMs, inWindow ? this.#windowStartMs : this.#startMs),
        }),
      );
    } catch (error) {
      this.onDefect(error);
    }
  }

  #toResult(end: RunEnd, endMs: number): LoadResult {
    const inWindow = this.#phase === this.#window;
    const latencyMs = this.#phase.latencies();
    const { eventLoopDelayMs, cpu } = this.#monitor.finish(this.#timer.spunMs - this.#spunBeforeMs);
    return {
      startedAt: this.#startedAt,
      end,
      unit: this.#workload.unit,
      preparedRequests: this.#workload.requests,
      window: { startMs: inWindow ? this.#plan.warmupMs : 0, endMs: endMs - this.#startMs },
      counts: this.#phase.counts(),
      latencyMs,
      streams: this.#phase.streams(),
      attainment: this.#driver.attainment(inWindow ? this.#windowStartMs : this.#startMs, endMs),
      untilFirstFailure: this.#untilFirstFailure(),
      warmUp: inWindow
        ? { completed: this.#warmUp.completed, failed: this.#warmUp.failed }
        : { completed: 0, failed: 0 },
      checks: this.#workload.checks,
      generator: judgeGenerator({
        eventLoopDelayMs,
        lagMs: latencyMs.lag,
        cpu,
        responseMs: latencyMs.response,
      }),
      slices: this.#slices.finish(endMs),
    };
  }

  #untilFirstFailure(): UntilFirstFailure | undefined {
    const before = this.#phase.beforeFailure;
    if (before === undefined) return undefined;
    const { atMs, ...figures } = before;
    return { endMs: atMs - this.#startMs, ...figures };
  }
}
