import { WeirError, type ModelRequest } from "@weir/protocol";
import { defaultMaxPaddedTokens, type EmbeddingModelInfo, type EmbeddingModelSpec } from "@weir/engine";
import {
  choosePrecision,
  type ChosenPrecision,
  type PrecisionOptions,
} from "../precision/choose-precision.ts";
import type { PrecisionChoice } from "../precision/precision-choice.ts";
import { chooseLayout, type LayoutOptions } from "../replica/choose-layout.ts";
import { countUsableCores } from "../platform/usable-cores.ts";
import type { CircuitOptions } from "../replica/circuit-breaker.ts";
import type { PoolLayout } from "../replica/pool-layout.ts";
import type { RecycleLimits } from "../replica/recycle-policy.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import { startReplicaGroup, type ReplicaGroup } from "../replica/replica-group.ts";
import type { ReplicaOptions } from "../replica/replica-process.ts";
import { createTurns } from "../replica/turns.ts";
import type { BackendState, EmbeddingBackend, TimedEmbeddingResult } from "./embedding-backend.ts";
import { embedOnGroup, isReplicaLost } from "./split-embedding.ts";

export interface ReplicaPoolOptions extends LayoutOptions, PrecisionOptions {
  /** The name it is served under. */
  readonly name: string;
  /** Time that replicas have for their jobs when others take their place, in milliseconds. @default 30000 */
  readonly drainTimeoutMs?: number;
  /**
   * Estimated tokens of a job that fills one of the two places of a replica; smaller ones share one and are computed
   * together. 0: each job has one to itself.
   * @default what a batch holds
   */
  readonly slotCost?: number;
  readonly recycle?: Partial<RecycleLimits>;
  readonly circuit?: Partial<CircuitOptions>;
  /** What happens to the replicas, for logs and metrics. */
  readonly onEvent?: (event: ReplicaEvent) => void;
  /** Called whenever `slots` is another number than before. */
  readonly onSlotsChange?: (slots: number) => void;
}

/** What a pool can be told to serve instead; what is left out stays. */
export interface SwapOptions {
  readonly engineModule?: string;
  readonly spec: EmbeddingModelSpec;
  readonly replicas?: number;
  readonly precision?: PrecisionOptions["precision"];
}

/** A model in several supervised processes. */
export interface ReplicaPool extends EmbeddingBackend {
  readonly info: EmbeddingModelInfo;
  readonly layout: PoolLayout;
  /** Which weights compute, and why these. */
  readonly precision: PrecisionChoice;
  /** Where the weights that are served now lie: another object after each swap. */
  readonly spec: EmbeddingModelSpec;
  /** Address of the engine that computes it. */
  readonly engineModule: string;
  /** How often a process has loaded a model for it. What lies in the model's folder may be another one each time. */
  readonly loads: number;
  /** Computes like `embed`, on one replica, to see how long it takes: it is not counted among the jobs done. */
  rehearse(request: ModelRequest, signal: AbortSignal): Promise<TimedEmbeddingResult>;
  /**
   * Starts and warms replicas of another model, sends new requests to them, and lets the old ones finish what they
   * have: no request fails. Resolves when the new ones serve. Rejects with why, and the old ones serve on, where that
   * model cannot be started; one swap at a time, in the order they were asked for. A model that is asleep is loaded.
   */
  swap(next: SwapOptions, signal: AbortSignal): Promise<void>;
  /**
   * Ends the replicas and keeps what it takes to start them again. `begin` is asked when nothing else is under way, and
   * says no with undefined, else how long nobody had asked for the model; from then on jobs are refused until
   * {@link wake}. A model that has no replica ready stays as it is unless that is 0. Resolves when the processes are gone.
   */
  sleep(begin: () => number | undefined): Promise<void>;
  /** Starts the replicas of a model that is asleep, once however many ask. Rejects with why; it is asleep still then. */
  wake(): Promise<void>;
}

/** Rejects when the replicas cannot be started; nothing is left running then. */
export async function startReplicaPool(
  options: ReplicaPoolOptions,
  signal: AbortSignal,
): Promise<ReplicaPool> {
  const { name, jobsPerReplica = 2, drainTimeoutMs = 30_000, recycle = {}, circuit = {} } = options;
  const stopped = new AbortController();
  const draining = new Map<ReplicaGroup, Promise<void>>();
  const turns = createTurns();
  let loads = 0;
  const onEvent = (event: ReplicaEvent): void => {
    if (event.kind === "ready") loads++;
    const isLost = event.kind === "circuit-open" || event.kind === "load-failed";
    options.onEvent?.(isLost ? { ...event, madeWeights: choice.runs !== "as-is" } : event);
  };
  /** Undefined while it is asleep. */
  let current: ReplicaGroup | undefined;
  let waking: Promise<void> | undefined;
  let failure: string | undefined;
  let slots = 0;

  function noteSlots(): void {
    const now = stopped.signal.aborted ? 0 : (current?.ready.length ?? 0) * jobsPerReplica;
    if (now === slots) return;
    slots = now;
    options.onSlotsChange?.(now);
  }

  function startGroup(
    model: Pick<ReplicaOptions, "engineModule" | "spec">,
    replicas: number,
    startSignal: AbortSignal,
  ): Promise<ReplicaGroup> {
    const { startTimeoutMs, spillDirectory, health = {} } = options;
    const replica = { ...model, startTimeoutMs, spillDirectory, health };
    const onChange = noteSlots;
    return startReplicaGroup(
      { replicas, replica, recycle, circuit, drainTimeoutMs, onEvent, onChange },
      startSignal,
    );
  }

  async function choose(
    asked: Pick<ReplicaPoolOptions, "engineModule" | "spec"> & PrecisionOptions,
    startSignal: AbortSignal,
  ): Promise<ChosenPrecision> {
    const chosen = await choosePrecision({ ...options, ...asked }, onEvent, startSignal);
    if (chosen.choice.asked !== "fp32") onEvent({ kind: "precision", choice: chosen.choice });
    return chosen;
  }

  let { spec, choice } = await choose(options, signal);
  let layout = await chooseLayout({ ...options, spec }, signal);
  onEvent({ kind: "layout", layout });
  let model = { engineModule: options.engineModule, spec: { ...spec, threads: layout.threads } };
  current = await startGroup(model, layout.replicas, signal);
  let { info } = current;
  noteSlots();

  /** Sends new jobs to it from now on. */
  function use(group: ReplicaGroup): void {
    current = group;
    info = group.info;
    failure = undefined;
    noteSlots();
  }

  function retire(group: ReplicaGroup): Promise<void> {
    const drained = group.drain(drainTimeoutMs).finally(() => draining.delete(group));
    draining.set(group, drained);
    return drained;
  }

  async function sleep(begin: () => number | undefined): Promise<void> {
    const old = current;
    const keepAliveMs = begin();
    if (old === undefined || keepAliveMs === undefined || stopped.signal.aborted) return;
    // In trouble it is to be seen and mended, unless somebody wants it gone.
    if (keepAliveMs > 0 && old.state.kind !== "ready") return;
    current = undefined;
    noteSlots();
    onEvent({ kind: "unloaded", keepAliveMs });
    await retire(old);
  }

  async function load(): Promise<void> {
    // A swap may have been quicker.
    if (current !== undefined) return;
    const fromMs = performance.now();
    try {
      stopped.signal.throwIfAborted();
      use(await startGroup(model, layout.replicas, stopped.signal));
    } catch (error) {
      if (stopped.signal.aborted) throw toStoppedError(name);
      failure = error instanceof Error ? error.message : String(error);
      onEvent({ kind: "load-failed", error });
      throw error;
    }
    onEvent({ kind: "loaded", tookMs: performance.now() - fromMs });
  }

  function describeState(): BackendState {
    if (current !== undefined) return current.state;
    if (stopped.signal.aborted) return { kind: "stopped" };
    return waking === undefined ? { kind: "asleep", failure } : { kind: "loading" };
  }

  async function swap(next: SwapOptions, swapSignal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([swapSignal, stopped.signal]);
    either.throwIfAborted();
    const replicas = next.replicas ?? layout.replicas;
    const share = Math.max(1, Math.floor(countUsableCores() / replicas));
    const threads = next.spec.threads ?? (replicas === layout.replicas ? layout.threads : share);
    const { engineModule = model.engineModule, precision = choice.asked } = next;
    const chosen = await choose({ engineModule, spec: next.spec, precision }, either);
    const following = { engineModule, spec: { ...chosen.spec, threads } };
    const group = await startGroup(following, replicas, either);
    const old = current;
    model = following;
    choice = chosen.choice;
    layout = { replicas, threads, chosenBy: "given", measured: [] };
    use(group);
    onEvent({ kind: "swapped", path: next.spec.path });
    if (old !== undefined) void retire(old);
  }

  async function embed(...[request, jobSignal, lender]: Parameters<EmbeddingBackend["embed"]>) {
    for (;;) {
      const group = current;
      if (group === undefined) throw toAsleepError(name, stopped.signal.aborted);
      try {
        const embeddings = await embedOnGroup(group, name, request, jobSignal, lender);
        return { model: name, ...embeddings } satisfies TimedEmbeddingResult;
      } catch (error) {
        if (!isReplicaLost(error)) throw error;
        // Its replicas left for those of another model meanwhile, which can do it as well.
        if (group !== current && !stopped.signal.aborted && !jobSignal.aborted) continue;
        const { state } = group;
        const retryAfterMs = "retryAfterMs" in state ? state.retryAfterMs : 100;
        throw new WeirError("REPLICA_LOST", error.message, { cause: error, retryAfterMs });
      }
    }
  }

  async function rehearse(request: ModelRequest, jobSignal: AbortSignal): Promise<TimedEmbeddingResult> {
    const replica = current!.pick();
    if (replica === undefined) throw current!.toUnreadyError(name);
    return { model: name, ...(await replica.embed(request, jobSignal, { counted: false })) };
  }

  return {
    name,
    get info() {
      return info;
    },
    get state() {
      return describeState();
    },
    get slots() {
      return slots;
    },
    slotCost: options.slotCost ?? defaultMaxPaddedTokens,
    get replicas() {
      return current?.statuses ?? [];
    },
    get layout() {
      return layout;
    },
    get precision() {
      return choice;
    },
    get spec() {
      return model.spec;
    },
    get engineModule() {
      return model.engineModule;
    },
    get loads() {
      return loads;
    },
    embed,
    rehearse,
    swap: (next, swapSignal) => turns.run(() => swap(next, swapSignal)),
    sleep: (begin) => turns.run(() => sleep(begin)),
    wake() {
      waking ??= turns.run(load).finally(() => (waking = undefined));
      return waking;
    },
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await turns.run(async () => {});
      const groups = [...(current === undefined ? [] : [current]), ...draining.keys()];
      await Promise.all(groups.map((group) => group[Symbol.asyncDispose]()));
      noteSlots();
      await Promise.all(draining.values());
    },
  };
}

function toStoppedError(name: string): WeirError {
  return new WeirError("NOT_READY", `model ${name} was stopped`, { retryAfterMs: 1_000 });
}

function toAsleepError(name: string, isStopped: boolean): WeirError {
  if (isStopped) return toStoppedError(name);
  return new WeirError("NOT_READY", `model ${name} is asleep; wake it first`, { retryAfterMs: 1_000 });
}
