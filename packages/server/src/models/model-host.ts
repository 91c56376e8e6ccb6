import type { ReplicaEvent } from "../replica/replica-events.ts";
import { createModelRegistry, type ModelRegistry } from "./model-registry.ts";
import { queueBackend, type QueuedBackend } from "./queued-backend.ts";
import { startReplicaPool } from "./replica-pool.ts";
import type { ServedModel } from "./served-model.ts";

export interface ModelHostOptions {
  /** Other names of models, and what they stand for. */
  readonly aliases: Readonly<Record<string, string>>;
  /** What may wait for each model; see ServerLimits. */
  readonly limits: { readonly jobs: number; readonly tokens: number };
  readonly startTimeoutMs: number;
  /** How long a model stays loaded after its last job where nobody says otherwise; Infinity for ever. */
  readonly keepAliveMs: number;
  /** How long a model that is closed, and replicas that others take the place of, have for their jobs. */
  readonly drainTimeoutMs: number;
  /** Asked when the first model is loaded. */
  readonly spillDirectory: () => string;
  readonly onReplicaEvent: (model: string, event: ReplicaEvent) => void;
}

/** Starts models and ends them. Closing it ends what is starting and everything that is registered. */
export interface ModelHost extends AsyncDisposable {
  readonly registry: ModelRegistry;
  /** Starts and warms a model, without registering it. Rejects with MODEL_INVALID, REPLICA_START_FAILED, ENGINE_MISSING. */
  load(model: ServedModel, signal?: AbortSignal): Promise<QueuedBackend>;
  /** Lets a model's jobs finish, then closes it. */
  retire(model: QueuedBackend): Promise<void>;
  /** Starts nothing more, takes no more jobs, and resolves when those that are there are done. */
  drain(): Promise<void>;
}

export function createModelHost(options: ModelHostOptions): ModelHost {
  const { limits, startTimeoutMs, keepAliveMs, drainTimeoutMs, spillDirectory, onReplicaEvent } = options;
  const registry = createModelRegistry(options.aliases);
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  async function start(model: ServedModel, signal: AbortSignal): Promise<QueuedBackend> {
    let queued: QueuedBackend | undefined;
    const pool = await startReplicaPool(
      {
        ...model,
        startTimeoutMs,
        drainTimeoutMs,
        spillDirectory: spillDirectory(),
        onEvent: (event) => onReplicaEvent(model.name, event),
        onSlotsChange: () => queued?.refreshSlots(),
      },
      signal,
    );
    queued = queueBackend(
      { kind: "replicas", pool },
      { maxJobs: limits.jobs, maxCost: limits.tokens, keepAliveMs },
    );
    try {
      await queued.calibrate(signal);
    } catch (error) {
      await pool[Symbol.asyncDispose]();
      throw error;
    }
    return queued;
  }

  async function end(model: QueuedBackend): Promise<void> {
    await model.drain(drainTimeoutMs);
    await model[Symbol.asyncDispose]();
  }

  /** Whoever closes the host waits for it. */
  function watch<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    const forget = (): void => void underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  return {
    registry,
    load: (model, signal) =>
      watch(start(model, AbortSignal.any([stopping.signal, ...(signal === undefined ? [] : [signal])]))),
    retire: (model) => watch(end(model)),
    async drain() {
      stopping.abort();
      await Promise.all(registry.models.map((model) => model.drain(drainTimeoutMs)));
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      while (underWay.size > 0) await Promise.allSettled(underWay);
      await Promise.all(registry.models.map((model) => model[Symbol.asyncDispose]()));
    },
  };
}
