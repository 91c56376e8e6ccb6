import { cacheEmbedding } from "../cache/cached-embedding.ts";
import type { EmbeddingCache } from "../cache/embedding-cache.ts";
import { watchRevision, type RevisionWatch } from "../cache/revision-watch.ts";
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
  /** How long a model that is closed, and replicas that others take the place of, have for their jobs. */
  readonly drainTimeoutMs: number;
  /** Asked when the first model is loaded. */
  readonly spillDirectory: () => string;
  readonly onReplicaEvent: (model: string, event: ReplicaEvent) => void;
  /** What stands before every model's admission. @default nothing is cached */
  readonly caching?: ModelCaching | undefined;
}

interface ModelCaching {
  readonly cache: EmbeddingCache;
  /** Weir's own version: what another one computed is not taken for its own. */
  readonly version: string;
  /** Told why a model's answers are not cached. */
  readonly onProblem: (model: string, error: unknown) => void;
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
  const { limits, startTimeoutMs, drainTimeoutMs, spillDirectory, onReplicaEvent, caching } = options;
  const registry = createModelRegistry(options.aliases);
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  async function start(model: ServedModel, signal: AbortSignal): Promise<QueuedBackend> {
    let queued: QueuedBackend | undefined;
    let revisions: RevisionWatch | undefined;
    const pool = await startReplicaPool(
      {
        ...model,
        startTimeoutMs,
        drainTimeoutMs,
        spillDirectory: spillDirectory(),
        onEvent: (event) => {
          if (event.kind === "ready") revisions?.noteLoaded();
          onReplicaEvent(model.name, event);
        },
        onSlotsChange: () => queued?.refreshSlots(),
      },
      signal,
    );
    const { name } = model;
    if (caching !== undefined)
      revisions = watchRevision(pool, caching.version, (error) => caching.onProblem(name, error));
    queued = queueBackend(
      { kind: "replicas", pool },
      { maxJobs: limits.jobs, maxCost: limits.tokens },
      (compute) => {
        if (caching === undefined || revisions === undefined) return compute;
        const { store } = caching.cache;
        return cacheEmbedding({
          model: name,
          store,
          counts: caching.cache.countsOf(name),
          revisions,
          compute,
        });
      },
    );
    // Beside the calibration: reading a large model's files takes a while.
    void revisions?.current();
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
