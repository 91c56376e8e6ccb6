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
import { startReplica, type EmbeddingReplica } from "../replica/embedding-replica.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import { startReplicaGroup, type ReplicaGroup } from "../replica/replica-group.ts";
import type { StartReplica } from "../replica/replica-place.ts";
import type { ReplicaOptions } from "../replica/replica-kind.ts";
import type { EmbeddingBackend, TimedEmbeddingResult } from "./embedding-backend.ts";
import { keepGroup, type GroupKeeper } from "./group-keeper.ts";
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
export interface ReplicaPool extends EmbeddingBackend, Pick<GroupKeeper<EmbeddingReplica>, "sleep" | "wake"> {
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
}

/** Rejects when the replicas cannot be started; nothing is left running then. */
export async function startReplicaPool(
  options: ReplicaPoolOptions,
  signal: AbortSignal,
): Promise<ReplicaPool> {
  const { name, jobsPerReplica = 2, drainTimeoutMs = 30_000, recycle = {}, circuit = {} } = options;
  let loads = 0;
  const onEvent = (event: ReplicaEvent): void => {
    if (event.kind === "ready") loads++;
    const isLost = event.kind === "circuit-open" || event.kind === "load-failed";
    options.onEvent?.(isLost ? { ...event, madeWeights: choice.runs !== "as-is" } : event);
  };
  const keeper = keepGroup<EmbeddingReplica>({
    name,
    start: (startSignal) => startGroup(model, layout.replicas, startSignal),
    drainTimeoutMs,
    countSlots: (group) => group.ready.length * jobsPerReplica,
    onEvent,
    onSlotsChange: (slots) => options.onSlotsChange?.(slots),
    onUse: (group) => (info = group.info),
  });

  function startGroup(
    { engineModule, spec: groupSpec }: Pick<ReplicaOptions, "engineModule" | "spec">,
    replicas: number,
    startSignal: AbortSignal,
  ): Promise<ReplicaGroup> {
    const { startTimeoutMs, spillDirectory, health = {} } = options;
    const replica = { engineModule, spec: groupSpec, startTimeoutMs, spillDirectory, health };
    const start: StartReplica<EmbeddingReplica> = (hooks, placeSignal) =>
      startReplica({ ...replica, ...hooks }, placeSignal);
    const onChange = keeper.noteSlots;
    return startReplicaGroup(
      { replicas, start, recycle, circuit, drainTimeoutMs, onEvent, onChange },
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
  let info: EmbeddingModelInfo;
  keeper.use(await startGroup(model, layout.replicas, signal));

  async function swap(next: SwapOptions, swapSignal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([swapSignal, keeper.stopped]);
    either.throwIfAborted();
    const replicas = next.replicas ?? layout.replicas;
    const share = Math.max(1, Math.floor(countUsableCores() / replicas));
    const threads = next.spec.threads ?? (replicas === layout.replicas ? layout.threads : share);
    const { engineModule = model.engineModule, precision = choice.asked } = next;
    const chosen = await choose({ engineModule, spec: next.spec, precision }, either);
    const following = { engineModule, spec: { ...chosen.spec, threads } };
    const group = await startGroup(following, replicas, either);
    const old = keeper.current;
    model = following;
    choice = chosen.choice;
    layout = { replicas, threads, chosenBy: "given", measured: [] };
    keeper.use(group);
    onEvent({ kind: "swapped", path: next.spec.path });
    if (old !== undefined) void keeper.retire(old);
  }

  async function embed(...[request, jobSignal, lender]: Parameters<EmbeddingBackend["embed"]>) {
    for (;;) {
      const group = keeper.current;
      if (group === undefined) throw keeper.toAsleepError();
      try {
        const embeddings = await embedOnGroup(group, name, request, jobSignal, lender);
        return { model: name, ...embeddings } satisfies TimedEmbeddingResult;
      } catch (error) {
        if (!isReplicaLost(error)) throw error;
        // Its replicas left for those of another model meanwhile, which can do it as well.
        if (group !== keeper.current && !keeper.stopped.aborted && !jobSignal.aborted) continue;
        const { state } = group;
        const retryAfterMs = "retryAfterMs" in state ? state.retryAfterMs : 100;
        throw new WeirError("REPLICA_LOST", error.message, { cause: error, retryAfterMs });
      }
    }
  }

  async function rehearse(request: ModelRequest, jobSignal: AbortSignal): Promise<TimedEmbeddingResult> {
    const replica = keeper.current!.pick();
    if (replica === undefined) throw keeper.current!.toUnreadyError(name);
    return { model: name, ...(await replica.embed(request, jobSignal, { counted: false })) };
  }

  return {
    name,
    get info() {
      return info;
    },
    get state() {
      return keeper.state;
    },
    get slots() {
      return keeper.slots;
    },
    slotCost: options.slotCost ?? defaultMaxPaddedTokens,
    get replicas() {
      return keeper.current?.statuses ?? [];
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
    swap: (next, swapSignal) => keeper.inTurn(() => swap(next, swapSignal)),
    sleep: (begin) => keeper.sleep(begin),
    wake: () => keeper.wake(),
    [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose](),
  };
}
