import { WeirError } from "@weir/protocol";
import type { EmbeddingModelSpec } from "@weir/engine";
import { chooseLayout, type LayoutOptions } from "../replica/choose-layout.ts";
import { countUsableCores } from "../platform/usable-cores.ts";
import type { CircuitOptions } from "../replica/circuit-breaker.ts";
import type { PoolLayout } from "../replica/pool-layout.ts";
import type { RecycleLimits } from "../replica/recycle-policy.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import { startReplicaGroup, type ReplicaGroup } from "../replica/replica-group.ts";
import type { ReplicaOptions } from "../replica/replica-process.ts";
import { createTurns } from "../replica/turns.ts";
import type { EmbeddingBackend, TimedEmbeddingResult } from "./embedding-backend.ts";
import { embedOnGroup, isReplicaLost } from "./split-embedding.ts";

export interface ReplicaPoolOptions extends LayoutOptions {
  /** The name it is served under. */
  readonly name: string;
  /** Time that replicas have for their jobs when others take their place, in milliseconds. @default 30000 */
  readonly drainTimeoutMs?: number;
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
}

/** A model in several supervised processes. */
export interface ReplicaPool extends EmbeddingBackend {
  readonly layout: PoolLayout;
  /** Where the model that is served now comes from: another object after each swap. */
  readonly spec: EmbeddingModelSpec;
  /** Address of the engine that computes it. */
  readonly engineModule: string;
  /**
   * Starts and warms replicas of another model, sends new requests to them, and lets the old ones finish what they
   * have: no request fails. Resolves when the new ones serve. Rejects with why, and the old ones serve on, where that
   * model cannot be started; one swap at a time, in the order they were asked for.
   */
  swap(next: SwapOptions, signal: AbortSignal): Promise<void>;
}

/** Rejects when the replicas cannot be started; nothing is left running then. */
export async function startReplicaPool(
  options: ReplicaPoolOptions,
  signal: AbortSignal,
): Promise<ReplicaPool> {
  const { name, jobsPerReplica = 2, drainTimeoutMs = 30_000, recycle = {}, circuit = {} } = options;
  const stopped = new AbortController();
  const draining = new Map<ReplicaGroup, Promise<void>>();
  const swaps = createTurns();
  const onEvent = options.onEvent ?? ((): void => {});
  let current: ReplicaGroup | undefined;
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

  let layout = await chooseLayout(options, signal);
  onEvent({ kind: "layout", layout });
  let model = {
    engineModule: options.engineModule,
    spec: { ...options.spec, threads: layout.threads },
  };
  current = await startGroup(model, layout.replicas, signal);
  noteSlots();

  async function swap(next: SwapOptions, swapSignal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([swapSignal, stopped.signal]);
    either.throwIfAborted();
    const replicas = next.replicas ?? layout.replicas;
    const share = Math.max(1, Math.floor(countUsableCores() / replicas));
    const threads = next.spec.threads ?? (replicas === layout.replicas ? layout.threads : share);
    const following = {
      engineModule: next.engineModule ?? model.engineModule,
      spec: { ...next.spec, threads },
    };
    const group = await startGroup(following, replicas, either);
    const old = current!;
    current = group;
    model = following;
    layout = { replicas, threads, chosenBy: "given", measured: [] };
    noteSlots();
    onEvent({ kind: "swapped", path: next.spec.path });
    draining.set(
      old,
      old.drain(drainTimeoutMs).finally(() => draining.delete(old)),
    );
  }

  async function embed(...[request, jobSignal, lender]: Parameters<EmbeddingBackend["embed"]>) {
    for (;;) {
      const group = current!;
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

  return {
    name,
    get info() {
      return current!.info;
    },
    get state() {
      return current!.state;
    },
    get slots() {
      return slots;
    },
    get replicas() {
      return current!.statuses;
    },
    get layout() {
      return layout;
    },
    get spec() {
      return model.spec;
    },
    get engineModule() {
      return model.engineModule;
    },
    embed,
    swap: (next, swapSignal) => swaps.run(() => swap(next, swapSignal)),
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await swaps.run(async () => {});
      await Promise.all([current!, ...draining.keys()].map((group) => group[Symbol.asyncDispose]()));
      noteSlots();
      await Promise.all(draining.values());
    },
  };
}
