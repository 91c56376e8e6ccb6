import { WeirError } from "@weir/protocol";
import type { AnswerCache } from "../answer-cache/answer-cache.ts";
import { cacheAnswers } from "../answer-cache/cached-chat.ts";
import { watchChatRevision } from "../answer-cache/chat-revision.ts";
import { createLastTurnMeaning } from "../answer-cache/last-turn-meaning.ts";
import { cacheEmbedding } from "../cache/cached-embedding.ts";
import type { EmbeddingCache } from "../cache/embedding-cache.ts";
import { watchRevision } from "../cache/revision-watch.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import { openRemoteModel } from "../remote/remote-model.ts";
import { openUpstreamModel } from "../upstream/upstream-model.ts";
import type { BackendSource, ChatSource } from "./backend-holder.ts";
import { startChatPool } from "./chat-pool.ts";
import { createModelRegistry, type HostedModel, type ModelRegistry } from "./model-registry.ts";
import { queueBackend, type QueuedBackend } from "./queued-backend.ts";
import { queueChat, type HostedChat } from "./queue-chat.ts";
import { startReplicaPool } from "./replica-pool.ts";
import type { ServedChat, ServedModel, ServedUpstream } from "./served-model.ts";
import { toWrongKindError } from "./wrong-kind.ts";

export interface ModelHostOptions {
  /** What remote servers are told of who asks. */
  readonly serverId: string;
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
  /** What stands before the admission of models that compute here. @default nothing is cached */
  readonly caching?: ModelCaching | undefined;
  /** What stands before the admission of chat models that compute here. @default no answer is cached */
  readonly answers?: AnswerCache | undefined;
}

interface ModelCaching {
  readonly cache: EmbeddingCache;
  /** Weir's own version: what another one computed is not taken for its own. */
  readonly version: string;
  /** Told why a model's answers are not cached. */
  readonly onProblem: (model: string, error: unknown) => void;
}

interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly patienceMs?: number;
}

interface Opening {
  readonly signal: AbortSignal;
  readonly patienceMs?: number | undefined;
}

/** Starts models and ends them. Closing it ends what is starting and everything that is registered. */
export interface ModelHost extends AsyncDisposable {
  readonly registry: ModelRegistry;
  /**
   * Starts and warms a model, without registering it. Rejects with MODEL_INVALID, REPLICA_START_FAILED, ENGINE_MISSING,
   * REMOTE_REFUSED, and with REMOTE_FAILED where a remote server does not answer within `patienceMs` (default 0).
   */
  load(model: ServedModel, options?: LoadOptions): Promise<HostedModel>;
  /**
   * Starts a model and lets it serve under the name of `queued` from then on, whether what was there before computes here
   * or elsewhere. Rejects as `load` does, with MODEL_WRONG_KIND where only one of both is a chat model, and nothing has
   * changed then.
   */
  replace(queued: HostedModel, model: ServedModel, signal: AbortSignal): Promise<void>;
  /** Lets a model's jobs finish, then closes it. */
  retire(model: HostedModel): Promise<void>;
  /** Starts nothing more, takes no more jobs, and resolves when those that are there are done. */
  drain(): Promise<void>;
}

export function createModelHost(options: ModelHostOptions): ModelHost {
  const {
    serverId,
    limits,
    startTimeoutMs,
    keepAliveMs,
    drainTimeoutMs,
    spillDirectory,
    onReplicaEvent,
    caching,
    answers,
  } = options;
  const registry = createModelRegistry(options.aliases);
  const embed = createLastTurnMeaning(registry);
  const stopping = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  async function openChat(
    model: ServedChat | ServedUpstream,
    onSlotsChange: () => void,
    { signal, patienceMs = 0 }: Opening,
  ): Promise<ChatSource> {
    const { name } = model;
    const onEvent = (event: ReplicaEvent): void => onReplicaEvent(name, event);
    if ("upstream" in model) {
      const { upstream, ...terms } = model;
      const remote = await openUpstreamModel(
        { ...upstream, ...terms, serverId, patienceMs, onEvent, onSlotsChange },
        signal,
      );
      return { kind: "remote", remote };
    }
    const { chat, ...rest } = model;
    const settings = { startTimeoutMs, drainTimeoutMs, spillDirectory: spillDirectory() };
    const pool = await startChatPool({ ...chat, ...rest, ...settings, onEvent, onSlotsChange }, signal);
    return { kind: "replicas", pool };
  }

  async function startChat(model: ServedChat | ServedUpstream, opening: Opening): Promise<HostedChat> {
    let queued: HostedChat | undefined;
    const source = await openChat(model, () => queued?.refreshSlots(), opening);
    queued = queueChat(
      source,
      { maxJobs: limits.jobs, maxCost: limits.tokens, keepAliveMs },
      answers &&
        ((compute) =>
          cacheAnswers({
            store: answers.store,
            counts: answers.countsOf(model.name),
            revision: watchChatRevision(() =>
              queued?.source.kind === "replicas" ? queued.source.pool : undefined,
            ),
            ...(answers.mode === "semantic" ? { semantic: { embed, threshold: answers.threshold } } : {}),
            nowMs: () => performance.now(),
            compute,
          })),
    );
    queued.calibrate();
    return queued;
  }

  async function open(
    model: Exclude<ServedModel, ServedChat | ServedUpstream>,
    onSlotsChange: () => void,
    { signal, patienceMs = 0 }: Opening,
  ): Promise<BackendSource> {
    const onEvent = (event: ReplicaEvent): void => onReplicaEvent(model.name, event);
    if ("remote" in model) {
      const { remote: target, ...rest } = model;
      const remote = await openRemoteModel(
        { ...target, ...rest, serverId, patienceMs, onEvent, onSlotsChange },
        signal,
      );
      return { kind: "remote", remote };
    }
    const settings = { startTimeoutMs, drainTimeoutMs, spillDirectory: spillDirectory() };
    const pool = await startReplicaPool({ ...model, ...settings, onEvent, onSlotsChange }, signal);
    return { kind: "replicas", pool };
  }

  async function start(model: ServedModel, { signal, patienceMs }: Opening): Promise<HostedModel> {
    if ("chat" in model || "upstream" in model) return startChat(model, { signal, patienceMs });
    let queued: QueuedBackend | undefined;
    const { name } = model;
    const source = await open(model, () => queued?.refreshSlots(), { signal, patienceMs });
    const revisions =
      caching &&
      watchRevision(
        // What another server has there may change without our hearing of it: nothing of it is kept.
        () => (queued?.source.kind === "replicas" ? queued.source.pool : undefined),
        caching.version,
        (error) => caching.onProblem(name, error),
        { byContent: caching.cache.isLasting },
      );
    queued = queueBackend(
      source,
      { maxJobs: limits.jobs, maxCost: limits.tokens, keepAliveMs },
      caching &&
        revisions &&
        ((compute) => {
          const { store } = caching.cache;
          const counts = caching.cache.countsOf(name);
          return cacheEmbedding({ model: name, store, counts, revisions, compute });
        }),
    );
    // Beside the calibration: reading a large model's files takes a while.
    if (queued.kind === "embed") void revisions?.current();
    try {
      await queued.calibrate(signal);
    } catch (error) {
      await queued[Symbol.asyncDispose]();
      throw error;
    }
    return queued;
  }

  async function replace(queued: HostedModel, model: ServedModel, signal: AbortSignal): Promise<void> {
    const { name } = model;
    const refresh = (): void => queued.refreshSlots();
    if (queued.kind === "chat") {
      if (!("chat" in model || "upstream" in model)) throw toWrongKindError(name, queued.kind, "embed");
      const source = await openChat(model, refresh, { signal });
      await closeIfAborted(source, name, signal);
      queued.replace(source, drainTimeoutMs);
      const path = source.kind === "remote" ? source.remote.url : source.pool.spec.path;
      onReplicaEvent(name, { kind: "swapped", path });
      return;
    }
    if ("chat" in model || "upstream" in model) throw toWrongKindError(name, queued.kind, "chat");
    const source = await open(model, refresh, { signal });
    await closeIfAborted(source, name, signal);
    queued.replace(source, drainTimeoutMs);
    const path = source.kind === "remote" ? source.remote.url : source.pool.precision.sourcePath;
    onReplicaEvent(name, { kind: "swapped", path });
  }

  async function end(model: HostedModel): Promise<void> {
    await model.drain(drainTimeoutMs);
    await model[Symbol.asyncDispose]();
  }

  /** A signal of each model's own: many that are started at once would look like a leak on one. */
  const either = (signal?: AbortSignal): AbortSignal =>
    AbortSignal.any(signal === undefined ? [stopping.signal] : [stopping.signal, signal]);

  /** Whoever closes the host waits for it. */
  function watch<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    const forget = (): void => void underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  return {
    registry,
    load: (model, { signal, patienceMs } = {}) => watch(start(model, { signal: either(signal), patienceMs })),
    replace: (queued, model, signal) =>
      watch(queued.keepLoaded(() => replace(queued, model, either(signal)))),
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

async function closeIfAborted(
  source: BackendSource | ChatSource,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  if (!signal.aborted) return;
  await (source.kind === "remote" ? source.remote : source.pool)[Symbol.asyncDispose]();
  throw new WeirError("CANCELLED", `model ${name} was not replaced: the change was taken back`);
}
