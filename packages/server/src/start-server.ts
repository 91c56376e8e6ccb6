import { toWeirError } from "@weir/protocol";
import type { FastifyBaseLogger } from "fastify";
import { createAnswerCache, type AnswerCacheOptions } from "./answer-cache/answer-cache.ts";
import { openEmbeddingCache, type CacheOptions } from "./cache/embedding-cache.ts";
import { createApp } from "./http/create-app.ts";
import { listen, type ListenAddress } from "./http/listen.ts";
import { watchSilentConnections } from "./http/silent-connections.ts";
import { defaultLimits, type ServerLimits, type Service, type ServicePhase } from "./http/service.ts";
import { openSecurity, type SecurityOptions } from "./security/security.ts";
import { defaultSocketTimeouts, type SocketTimeouts } from "./security/socket-timeouts.ts";
import { findStartProblems, resolveRoot, throwProblems, toNoMeaningError } from "./start-problems.ts";
import { collectGarbage } from "./platform/collect-garbage.ts";
import { createSpillDirectory, sweepSpillDirectories } from "./link/spill-directory.ts";
import { createModelAdmin, type LocateModel } from "./models/create-model-admin.ts";
import { createModelHost } from "./models/model-host.ts";
import type { HostedModel } from "./models/model-registry.ts";
import type { ServedModel } from "./models/served-model.ts";
import { startObserving, type ObservingOptions } from "./observing/observing.ts";
import { createServerId } from "./remote/passed-servers.ts";
import type { ReplicaEvent } from "./replica/replica-events.ts";

export interface ServerOptions {
  /** The first is what routes without a model name use. */
  readonly models: readonly ServedModel[];
  /** Other names that clients may ask for, and the models' names that they stand for. @default none */
  readonly aliases?: Readonly<Record<string, string>>;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** 0 picks a free one. @default 8787 */
  readonly port?: number;
  /** Path of a Unix socket (on Windows: of a named pipe) to listen on instead of a port. @default none */
  readonly unixSocket?: string;
  readonly limits?: Partial<ServerLimits>;
  /** Folders below which `/embed-file` may read. @default none */
  readonly allowRoots?: readonly string[];
  /** What POST /shutdown must be shown. @default nobody can */
  readonly launchToken?: string;
  /** Who may use the server. @default everybody on this machine */
  readonly security?: SecurityOptions;
  /** How long clients may take over their part of an exchange. */
  readonly timeouts?: Partial<SocketTimeouts>;
  /** Time a model may take from spawn to ready, or a remote server until it answers, in milliseconds. @default 120000 */
  readonly startTimeoutMs?: number;
  /**
   * How long a model stays loaded after its last request, in milliseconds; then its processes end, and the next request
   * loads it again. A request of Ollama's can say otherwise with `keep_alive`. @default Infinity, which is for ever
   */
  readonly keepAliveMs?: number;
  /** How /admin/models finds what it is asked to load. @default /admin/models is not there */
  readonly locateModel?: LocateModel;
  /** How long work may take to finish when the server closes, in milliseconds. @default 30000 */
  readonly drainTimeoutMs?: number;
  /** Weir's own version, as answers show it. */
  readonly version: string;
  readonly logger?: FastifyBaseLogger;
  /** Vectors that are kept, so that no text is computed twice. @default none are */
  readonly cache?: CacheOptions;
  /** Answers of chat models that are kept, per API key, where nothing of them is drawn by chance. @default none are */
  readonly answerCache?: AnswerCacheOptions;
  /** What is logged as slow, and where traces go. */
  readonly observing?: ObservingOptions;
  readonly onReplicaEvent?: (model: string, event: ReplicaEvent) => void;
}

export interface RunningServer extends AsyncDisposable {
  /** E.g. `http://127.0.0.1:8787`; of a Unix socket `http+unix://%2Frun%2Fweir.sock`. */
  readonly url: string;
  readonly phase: ServicePhase;
  /** Resolves with the models once every one is ready; rejects when one cannot be started. */
  readonly ready: Promise<readonly HostedModel[]>;
  /** Resolves when somebody asked over HTTP to end the server. Closing it is the caller's. */
  readonly shutdownRequested: Promise<void>;
}

/** What the last answers have at least to get to their clients, in milliseconds. */
const lastAnswersMs = 1_000;

/**
 * Listens first and loads the models after, so that a port in use is known before anything is loaded and probes can
 * watch the start. Rejects with USAGE, everything that is wrong with the options in one message, or PORT_IN_USE; nothing is
 * left open then.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const address: ListenAddress =
    options.unixSocket === undefined
      ? { kind: "port", host: options.host ?? "127.0.0.1", port: options.port ?? 8_787 }
      : { kind: "socket", path: options.unixSocket };
  throwProblems(await findStartProblems(options));
  const limits = { ...defaultLimits, ...options.limits };
  const { drainTimeoutMs = 30_000, locateModel: locate } = options;
  const { logger } = options;
  // Servers that are started together come up in any order.
  const patienceMs = options.startTimeoutMs ?? 120_000;
  const cache = options.cache === undefined ? undefined : openEmbeddingCache(options.cache, logger);
  const answers = options.answerCache === undefined ? undefined : createAnswerCache(options.answerCache);
  const id = createServerId();
  const models = createModelHost({
    serverId: id,
    caching: cache && {
      cache,
      version: options.version,
      onProblem: (model, error) =>
        logger?.warn({ model, reason: toWeirError(error).message }, "this model's answers are not cached"),
    },
    answers,
    aliases: options.aliases ?? {},
    limits,
    startTimeoutMs: patienceMs,
    drainTimeoutMs,
    keepAliveMs: options.keepAliveMs ?? Number.POSITIVE_INFINITY,
    spillDirectory: () => spill.path,
    onReplicaEvent: (model, event) => {
      service.observing.noteReplica(model, event);
      options.onReplicaEvent?.(model, event);
    },
  });
  const { registry } = models;
  let onShutdownRequest!: () => void;
  const shutdownRequested = new Promise<void>((resolve) => (onShutdownRequest = resolve));
  const service: Service = {
    id,
    registry,
    cache,
    answers,
    admin: locate === undefined ? undefined : createModelAdmin({ ...models, locate }),
    limits,
    version: options.version,
    allowRoots: await Promise.all((options.allowRoots ?? []).map((root) => resolveRoot(root))),
    launchToken: options.launchToken,
    onShutdownRequest,
    security: await openSecurity(options.security ?? {}, address.kind === "port" ? address.host : undefined),
    timeouts: { ...defaultSocketTimeouts, ...options.timeouts },
    observing: await startObserving(
      { version: options.version, logger, models: () => registry.models, cache, answers },
      options.observing,
    ),
    phase: "starting",
  };
  const app = await createApp({
    service,
    ...(options.logger === undefined ? {} : { logger: options.logger }),
  });
  const cutSilent = watchSilentConnections(app);
  await sweepSpillDirectories();
  const spill = await createSpillDirectory();
  const url = await listen(app, address).catch(async (error: unknown) => {
    await spill[Symbol.asyncDispose]();
    await cache?.[Symbol.asyncDispose]();
    throw error;
  });

  function checkMeaning(): void {
    const model = registry.models.find(({ kind }) => kind === "embed");
    if (model === undefined) throw toNoMeaningError();
    if (model.info.reference)
      logger?.warn({ model: model.name }, "reference weights tell no likeness: answers will be mixed up");
  }

  async function loadAll(): Promise<readonly HostedModel[]> {
    const loading = await Promise.allSettled(
      options.models.map((model) => models.load(model, { patienceMs })),
    );
    // Those that did start are registered in any case: closing the server closes what the registry holds.
    for (const outcome of loading) {
      const before = outcome.status === "fulfilled" ? registry.add(outcome.value) : undefined;
      if (before !== undefined) await models.retire(before);
    }
    const failed = loading.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    if (answers?.mode === "semantic") checkMeaning();
    // Starting leaves half of this process's memory to be collected.
    collectGarbage();
    if (service.phase === "starting") service.phase = "serving";
    return registry.models;
  }

  /**
   * Goes on listening until the work is done, so that probes see that it is not ready, and clients are told so instead of
   * finding nobody there.
   */
  async function close(): Promise<void> {
    const drainedByMs = performance.now() + drainTimeoutMs;
    service.phase = "draining";
    await models.drain();
    const leftMs = Math.max(lastAnswersMs, drainedByMs - performance.now());
    const timer = setTimeout(() => app.server.closeAllConnections(), leftMs);
    const closed = app.close();
    cutSilent();
    await closed;
    clearTimeout(timer);
    await ready.catch(() => {});
    await models[Symbol.asyncDispose]();
    await cache?.[Symbol.asyncDispose]();
    await spill[Symbol.asyncDispose]();
  }

  const ready = loadAll();
  ready.catch(() => {}); // The caller sees it through `ready`; here it must not end the process.
  let closing: Promise<void> | undefined;
  return {
    url,
    ready,
    shutdownRequested,
    get phase() {
      return service.phase;
    },
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}
