import { setTimeout as delay } from "node:timers/promises";
import type { ReplicaStatus } from "../models/embedding-backend.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { createDeferred } from "./deferred.ts";
import {
  findRecycleReason,
  resolveRecycleLimits,
  toRecyclePoint,
  type RecycleLimits,
  type RecyclePoint,
  type RecycleReason,
} from "./recycle-policy.ts";
import type { ReplicaEvent } from "./replica-events.ts";
import { estimateReadyInMs } from "./ready-again.ts";
import type { Replica, ReplicaOptions } from "./replica-kind.ts";
import type { Turns } from "./turns.ts";

/** What a replica tells its place. */
type ReplicaHooks = Required<Pick<ReplicaOptions, "onOutput" | "onProgress">>;

/** Starts one of a kind. */
export type StartReplica<Kind extends Replica> = (hooks: ReplicaHooks, signal: AbortSignal) => Promise<Kind>;

export interface PlaceOptions<Kind extends Replica> {
  readonly place: number;
  readonly start: StartReplica<Kind>;
  readonly recycle: Partial<RecycleLimits>;
  /** Time that a replica which is replaced has for the jobs it still holds, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** Shared by the places of a model, as are the turns: one hand-over, or one trial, at a time. */
  readonly circuit: CircuitBreaker;
  readonly turns: Turns;
  readonly onEvent: (event: ReplicaEvent) => void;
  /** Another process serves here, or none does. */
  readonly onChange: () => void;
}

/** How long to wait after a new replica that should have replaced an old one could not be started. */
const handOverRetryMs = 10_000;

/** One place of a model, kept filled: what ends is started again, what is worn out is replaced by a warm new one. */
export class ReplicaPlace<Kind extends Replica> implements AsyncDisposable {
  readonly #options: PlaceOptions<Kind>;
  readonly #stopped = new AbortController();
  readonly #leaving = new Set<Promise<void>>();
  #replica: Kind | undefined;
  #recyclePoint: RecyclePoint = { jobs: Infinity, rssBytes: Infinity, ageMs: Infinity };
  #due = createDeferred<RecycleReason>();
  #keeping: Promise<void> = Promise.resolve();
  #restarts = 0;
  #startMs = 0;
  /** Undefined from a start until the end of what was started is known. */
  #readyAgainAtMs: number | undefined;
  #pauseMs = 0;

  constructor(options: PlaceOptions<Kind>) {
    this.#options = options;
  }

  /** The process that takes jobs here. */
  get replica(): Kind | undefined {
    return this.#replica?.usable === true ? this.#replica : undefined;
  }

  /** How often a process ended here and another was started. */
  get restarts(): number {
    return this.#restarts;
  }

  /** When a replica is likely to serve here again, in milliseconds from now. */
  get readyInMs(): number {
    return estimateReadyInMs(this.#readyAgainAtMs, this.#startMs, performance.now());
  }

  get status(): ReplicaStatus {
    const { replica } = this;
    const { place, circuit } = this.#options;
    const open = circuit.state(performance.now()).kind === "open";
    return {
      place,
      kind: replica !== undefined ? "ready" : open ? "circuit-open" : "starting",
      pid: replica?.pid,
      jobsUnderWay: replica?.jobsUnderWay ?? 0,
      jobsDone: replica?.jobsDone ?? 0,
      rssBytes: replica?.rssBytes,
    };
  }

  /** Rejects when the first start fails: a model that never worked is the operator's to mend. */
  async open(signal: AbortSignal): Promise<Kind> {
    const first = await this.#start(AbortSignal.any([signal, this.#stopped.signal]));
    this.#keeping = this.#keep(first);
    return first;
  }

  /** Resolves when the replicas here, the ones that were replaced too, hold no job, or the time is over. */
  async finish(timeoutMs: number): Promise<void> {
    const { signal } = this.#stopped;
    await Promise.all([
      ...this.#leaving,
      ...(this.#replica === undefined ? [] : [finishJobs(this.#replica, timeoutMs, signal)]),
    ]);
  }

  /** Ends what runs here; its jobs fail with REPLICA_LOST. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#replica?.[Symbol.asyncDispose]();
    await this.#keeping;
    await Promise.all(this.#leaving);
  }

  async #start(signal: AbortSignal): Promise<Kind> {
    const { place, start, recycle, circuit, onEvent, onChange } = this.#options;
    const fromMs = performance.now();
    const hooks: ReplicaHooks = {
      onOutput: (line) => onEvent({ kind: "output", place, line }),
      onProgress: () => this.#look(),
    };
    const started = await start(hooks, signal);
    this.#startMs = performance.now() - fromMs;
    this.#readyAgainAtMs = undefined;
    circuit.noteReady(performance.now());
    const limits = resolveRecycleLimits(recycle, started.modelBytes);
    this.#recyclePoint = toRecyclePoint(limits, started.idleRssBytes, Math.random);
    this.#due = createDeferred();
    this.#replica = started;
    void started.exited.then(onChange);
    onEvent({ kind: "ready", place, pid: started.pid, startMs: this.#startMs, info: started.info });
    onChange();
    return started;
  }

  #look(): void {
    const { replica } = this;
    if (replica === undefined) return;
    const { jobsDone: jobs, rssBytes, readyAtMs } = replica;
    const used = { jobs, rssBytes, ageMs: performance.now() - readyAtMs };
    const reason = findRecycleReason(used, this.#recyclePoint);
    if (reason !== undefined) this.#due.resolve(reason);
  }

  async #keep(first: Kind): Promise<void> {
    const { signal } = this.#stopped;
    let current: Kind | undefined = first;
    while (!signal.aborted) {
      if (current === undefined) {
        current = await this.#restart();
        continue;
      }
      const over: RecycleReason | "ended" = await Promise.race([
        current.exited.then(() => "ended" as const),
        this.#due.promise,
      ]);
      if (signal.aborted) return;
      if (over !== "ended") {
        current = await this.#replace(current, over);
        continue;
      }
      const exit = await current.exited;
      await current[Symbol.asyncDispose]();
      const restartInMs = this.#noteCrash(exit.lastLines, current.jobsCompleted);
      this.#options.onEvent({ kind: "ended", place: this.#options.place, ...exit, restartInMs });
      current = undefined;
    }
  }

  #noteCrash(lastLines: readonly string[], jobsCompleted: number): number {
    const { circuit, onEvent } = this.#options;
    const nowMs = performance.now();
    const wasOpen = circuit.state(nowMs).kind === "open";
    this.#pauseMs = circuit.noteCrash(nowMs, jobsCompleted);
    this.#restarts++;
    this.#readyAgainAtMs = nowMs + this.#pauseMs + this.#startMs;
    if (!wasOpen && circuit.state(nowMs).kind === "open") {
      onEvent({ kind: "circuit-open", forMs: this.#pauseMs, lastLines });
    }
    return this.#pauseMs;
  }

  /** Undefined where it failed, which is noted, or where the place is closed. */
  async #restart(): Promise<Kind | undefined> {
    const { circuit, turns, onEvent, place } = this.#options;
    const { signal } = this.#stopped;
    try {
      await delay(this.#pauseMs, undefined, { signal });
      if (circuit.state(performance.now()).kind === "closed") return await this.#start(signal);
      return await turns.run(() => this.#startAsTrial());
    } catch (error) {
      if (signal.aborted) return undefined;
      const message = error instanceof Error ? error.message : String(error);
      const restartInMs = this.#noteCrash(message.split("\n"), 0);
      onEvent({ kind: "start-failed", place, error, restartInMs });
      return undefined;
    }
  }

  async #startAsTrial(): Promise<Kind> {
    const { signal } = this.#stopped;
    // Another place's trial may have failed while this one waited for its turn.
    for (;;) {
      const state = this.#options.circuit.state(performance.now());
      if (state.kind !== "open") return this.#start(signal);
      await delay(state.untilMs - performance.now(), undefined, { signal });
    }
  }

  /** A new replica is started and warmed beside the old one, takes its place, and the old one finishes what it has. */
  async #replace(old: Kind, reason: RecycleReason): Promise<Kind> {
    const { turns, onEvent, place } = this.#options;
    const { signal } = this.#stopped;
    try {
      return await turns.run(async () => {
        if (!old.usable || signal.aborted) return old;
        const fresh = await this.#start(signal);
        onEvent({ kind: "recycled", place, reason, fromPid: old.pid, toPid: fresh.pid });
        this.#retire(old);
        return fresh;
      });
    } catch (error) {
      if (signal.aborted) return old;
      onEvent({ kind: "start-failed", place, error, restartInMs: handOverRetryMs });
      const waited = new AbortController();
      await Promise.race([
        old.exited,
        delay(handOverRetryMs, undefined, { signal: AbortSignal.any([signal, waited.signal]) }).catch(
          () => {},
        ),
      ]);
      waited.abort();
      return old;
    }
  }

  #retire(old: Kind): void {
    const leave = async (): Promise<void> => {
      await finishJobs(old, this.#options.drainTimeoutMs, this.#stopped.signal);
      await old[Symbol.asyncDispose]();
    };
    const leaving = leave().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}

/** Resolves when the replica holds no job, is gone, or the time is over. */
async function finishJobs(replica: Replica, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const timer = delay(timeoutMs, undefined, { signal: AbortSignal.any([done.signal, signal]) });
  await Promise.race([replica.idle(), replica.exited, timer.catch(() => {})]);
  done.abort();
}
