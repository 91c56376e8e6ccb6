import { join, resolve } from "node:path";
import {
  describeReplicaEvent,
  isRemoteUrl,
  parseRemoteUrl,
  startServer,
  type CacheOptions,
  type LocatedModel,
  type RunningServer,
  type ServedModel,
} from "@weir/server";
import type { CommandContext } from "../command-context.ts";
import { embeddingEnginePackage, locateEngine, importEmbeddingEngine } from "../engine-packages.ts";
import { isChatSource } from "../models/locate-chat-model.ts";
import { locateModel } from "../models/locate-model.ts";
import type { ModelArgument } from "../models/model-argument.ts";
import { resolveCacheDirectory } from "../platform/cache-directory.ts";
import { locateChat } from "./locate-chat.ts";
import type { Log } from "./open-log.ts";
import type { ResolvedServeOptions } from "./resolve-serve-options.ts";

/**
 * Finds or builds the models, then listens and loads them. The server may not be ready yet when this resolves. Without a
 * log what happens to the models is told on stderr.
 */
export async function startServing(
  options: ResolvedServeOptions,
  context: CommandContext,
  log?: Log,
): Promise<RunningServer> {
  const { threads, device, replicas, recycle, precision, minAgreement } = options;
  // Among JSON lines, what is told of a model that is built has to be one too.
  const building: CommandContext =
    log?.format === "json"
      ? { ...context, stderr: { write: (text: string): void => log.logger.info(text.trim()) } }
      : context;
  const { keys, ...terms } = options.remote;
  async function locate(argument: ModelArgument): Promise<LocatedModel> {
    const { name, source } = argument;
    if (isRemoteUrl(source)) {
      const key = keys.byModel[name] ?? keys.common;
      return { remote: { ...parseRemoteUrl(source), ...terms, ...(key === undefined ? {} : { key }) } };
    }
    if (isChatSource(source)) return locateChat(argument, options, building);
    const engineModule = locateEngine(embeddingEnginePackage);
    const path = await locateModel(argument, building);
    const { toModelSpec } = await importEmbeddingEngine();
    const spec = { ...(await toModelSpec(path)), device, ...(threads === "auto" ? {} : { threads }) };
    return {
      engineModule,
      spec,
      replicas,
      recycle,
      precision: precision.byModel[name] ?? precision.common,
      minAgreement,
      cacheDirectory: resolveCacheDirectory(context.env),
    };
  }
  const models: ServedModel[] = [];
  for (const argument of options.models) {
    models.push({ name: argument.name, ...(await locate(argument)) });
  }
  for (const { name, servers } of options.upstreams) {
    const key = keys.byModel[name] ?? keys.common;
    const upstream = { servers, ...options.upstream, ...(key === undefined ? {} : { key }) };
    models.push({ name, upstream });
  }
  const launchToken = context.env["WEIR_LAUNCH_TOKEN"];
  const otlpEndpoint = context.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  const { server } = options;
  const cache = toCacheOptions(options.cache, context.env);
  return startServer({
    ...server,
    models,
    ...(cache === undefined ? {} : { cache }),
    ...(options.chat.answers === undefined ? {} : { answerCache: options.chat.answers }),
    version: context.version,
    locateModel: (path, _signal, name) => locate({ name, source: path }),
    security: { ...server.security, onKeysProblem: (error) => noteKeysProblem(error, context, log) },
    observing: {
      ...server.observing,
      ...(otlpEndpoint === undefined || otlpEndpoint === "" ? {} : { otlpEndpoint }),
    },
    ...(launchToken === undefined || launchToken === "" ? {} : { launchToken }),
    ...(log === undefined ? {} : { logger: log.logger }),
    onReplicaEvent: (model, event) => {
      const line = log === undefined ? describeReplicaEvent(event) : undefined;
      if (line !== undefined) context.stderr.write(`[${model}] ${line}\n`);
    },
  });
}

/** Undefined where nothing is to be cached. */
export function toCacheOptions(
  { ramBytes, diskBytes, directory }: ResolvedServeOptions["cache"],
  env: CommandContext["env"],
): CacheOptions | undefined {
  if (ramBytes === 0 && diskBytes === 0) return undefined;
  if (diskBytes === 0) return { ramBytes };
  const folder = join(resolve(directory ?? resolveCacheDirectory(env)), "embeddings");
  return { ramBytes, disk: { directory: folder, maxBytes: diskBytes } };
}

function noteKeysProblem(error: unknown, { stderr }: CommandContext, log: Log | undefined): void {
  const reason = error instanceof Error ? error.message : String(error);
  const message = "the keys file changed and cannot be used; the keys before go on working";
  if (log === undefined) stderr.write(`${message}: ${reason}\n`);
  else log.logger.error({ reason }, message);
}
