import { realpath } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import type { EmbeddingModelSpec } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { createApp } from "./http/create-app.ts";
import { defaultLimits, type ServerLimits, type Service, type ServicePhase } from "./http/service.ts";
import { createSpillDirectory, sweepSpillDirectories } from "./link/spill-directory.ts";
import { findFreePort } from "./platform/free-port.ts";
import { limitJobs, type QueuedBackend } from "./models/job-limit.ts";
import { createModelRegistry } from "./models/model-registry.ts";
import { startSupervisedModel, type ReplicaEvent } from "./replica/supervised-model.ts";

export interface ServedModel {
  /** The name that clients ask for. */
  readonly name: string;
  /** Address of a module that is an EmbeddingEngineModule, as `import()` takes it. */
  readonly engineModule: string;
  readonly spec: EmbeddingModelSpec;
}

export interface ServerOptions {
  /** The first is what routes without a model name use. */
  readonly models: readonly ServedModel[];
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** 0 picks a free one. @default 8787 */
  readonly port?: number;
  readonly limits?: Partial<ServerLimits>;
  /** Folders below which `/embed-file` may read. @default none */
  readonly allowRoots?: readonly string[];
  /** What POST /shutdown must be shown. @default nobody can */
  readonly launchToken?: string;
  /** Time a model may take from spawn to ready, in milliseconds. @default 120000 */
  readonly startTimeoutMs?: number;
  /** Weir's own version, as answers show it. */
  readonly version: string;
  readonly logger?: FastifyBaseLogger;
  readonly onReplicaEvent?: (model: string, event: ReplicaEvent) => void;
}

export interface RunningServer extends AsyncDisposable {
  /** E.g. `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly phase: ServicePhase;
  /** Resolves with the models once every one is ready; rejects when one cannot be started. */
  readonly ready: Promise<readonly QueuedBackend[]>;
  /** Resolves when somebody asked over HTTP to end the server. Closing it is the caller's. */
  readonly shutdownRequested: Promise<void>;
}

/** How long requests under way may take to finish when the server closes. */
const drainTimeoutMs = 30_000;

/**
 * Listens first and loads the models after, so that a port in use is known before anything is loaded and probes can
 * watch the start. Rejects with PORT_IN_USE; nothing is left open then.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const stopping = new AbortController();
  let onShutdownRequest!: () => void;
  const shutdownRequested = new Promise<void>((resolve) => (onShutdownRequest = resolve));
  const service: Service = {
    registry: createModelRegistry(),
    limits,
    version: options.version,
    allowRoots: await Promise.all((options.allowRoots ?? []).map((root) => resolveRoot(root))),
    launchToken: options.launchToken,
    onShutdownRequest,
    phase: "starting",
  };
  const app = await createApp({
    service,
    ...(options.logger === undefined ? {} : { logger: options.logger }),
  });
  const url = await listen(app, options.host ?? "127.0.0.1", options.port ?? 8_787);
  await sweepSpillDirectories();
  const spill = await createSpillDirectory();

  async function load(model: ServedModel): Promise<QueuedBackend> {
    const backend = await startSupervisedModel(
      {
        ...model,
        startTimeoutMs: options.startTimeoutMs ?? 120_000,
        spillDirectory: spill.path,
        onEvent: (event) => options.onReplicaEvent?.(model.name, event),
      },
      stopping.signal,
    );
    return limitJobs(backend, limits.jobs);
  }

  async function loadAll(): Promise<readonly QueuedBackend[]> {
    const loading = await Promise.allSettled(options.models.map(load));
    // Those that did start are registered in any case: closing the server closes what the registry holds.
    for (const outcome of loading) if (outcome.status === "fulfilled") service.registry.add(outcome.value);
    const failed = loading.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    if (service.phase === "starting") service.phase = "serving";
    return service.registry.models;
  }

  async function close(): Promise<void> {
    service.phase = "draining";
    const timer = setTimeout(() => app.server.closeAllConnections(), drainTimeoutMs);
    await app.close();
    clearTimeout(timer);
    stopping.abort();
    await ready.catch(() => {});
    await Promise.all(service.registry.models.map((model) => model[Symbol.asyncDispose]()));
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

async function resolveRoot(root: string): Promise<string> {
  try {
    return await realpath(root);
  } catch (error) {
    throw new WeirError("USAGE", `--allow-root: expected a folder that exists, got ${root}`, {
      cause: error,
    });
  }
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      const free = await findFreePort(host, port + 1);
      const next =
        free === undefined ? "Use --port 0 for any free one." : `Port ${free} is free: --port ${free}.`;
      throw new WeirError("PORT_IN_USE", `port ${port} on ${host} is already in use. ${next}`, {
        cause: error,
      });
    }
    throw new WeirError("USAGE", `cannot listen on ${host} port ${port}: ${message}`, { cause: error });
  }
  const address = app.server.address() as AddressInfo;
  return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
}
