import { isAbsolute, resolve } from "node:path";
import { WeirError } from "@weir/protocol";
import { isRemoteUrl, parseRemoteUrl, type ServerOptions } from "@weir/server";
import type { Device } from "@weir/engine";
import type { LoadedConfig } from "../config/load-config.ts";
import { parseModelArgument, type ModelArgument } from "../models/model-argument.ts";
import { resolveChatOptions, type ResolvedChatOptions } from "./resolve-chat-options.ts";
import { readPrecisions, type Precisions } from "./read-precisions.ts";
import { readRemoteKeys, type RemoteKeys } from "./read-remote-keys.ts";
import { readUpstreams, type UpstreamArgument } from "./read-upstreams.ts";
import { readSettings } from "./read-settings.ts";
import { resolveSlowRequests } from "./slow-requests.ts";
import { toVariable } from "./serve-options.ts";
import type { LogFormat, ServeOptionName, ServeSettings } from "./serve-settings.ts";

/** The flags of `weir serve` as they were written; a switch is a boolean, what may be repeated a list. */
export type ServeFlags = {
  readonly [Name in ServeOptionName]?: string | boolean | readonly string[] | undefined;
};

export interface ServeSources {
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly config?: Omit<LoadedConfig, "problems"> | undefined;
  /** There is a configuration file that could not be read: what is missing may be in it. */
  readonly unread?: boolean | undefined;
}

export interface ReadServeOptions {
  /** Where something is wrong, with its default in that place, so that the rest can be checked too. */
  readonly options: ResolvedServeOptions;
  /** What is wrong, one sentence each: where it was said, expected, got, next step. */
  readonly problems: readonly string[];
}

/** The settings that are the server's own, as it takes them. */
type ServerSettings = Required<
  Pick<
    ServerOptions,
    | "host"
    | "port"
    | "limits"
    | "allowRoots"
    | "startTimeoutMs"
    | "keepAliveMs"
    | "drainTimeoutMs"
    | "security"
    | "timeouts"
    | "aliases"
    | "observing"
  >
> &
  Pick<ServerOptions, "unixSocket">;

interface ResolvedCacheOptions {
  /** 0 for none. */
  readonly ramBytes: number;
  /** 0 for no file. */
  readonly diskBytes: number;
  /** Undefined for the system's own cache folder. */
  readonly directory: string | undefined;
}

export interface ResolvedServeOptions {
  readonly models: readonly ModelArgument[];
  readonly replicas: number | "auto";
  readonly threads: number | "auto";
  readonly device: Device;
  readonly precision: Precisions;
  /** From 0 to 1. */
  readonly minAgreement: number;
  readonly recycle: { readonly jobs: number; readonly ageMs: number; readonly rssBytes?: number };
  readonly upstreams: readonly UpstreamArgument[];
  /** How servers of upstreams are asked, beside their keys. */
  readonly upstream: { readonly slots: number; readonly firstByteMs: number; readonly idleMs: number };
  /** How servers behind remote models are asked. */
  readonly remote: { readonly keys: RemoteKeys; readonly timeoutMs: number; readonly slots: number };
  readonly chat: ResolvedChatOptions;
  readonly cache: ResolvedCacheOptions;
  readonly server: ServerSettings;
  readonly logLevel: ServeSettings["logLevel"];
  readonly logFormat: LogFormat;
}

const mebibyte = 1024 * 1024;
const megabyte = 1_000_000;
const autoDiskBytes = 4_000 * megabyte;

/** As {@link readServeOptions}; every problem in one USAGE error. */
export function resolveServeOptions(flags: ServeFlags, sources: ServeSources = {}): ResolvedServeOptions {
  const { options, problems } = readServeOptions(flags, sources);
  if (problems.length > 0) throw new WeirError("USAGE", problems.join("\n"));
  return options;
}

/** What is wrong by itself, whatever is on this machine. */
export function readServeOptions(
  flags: ServeFlags,
  { env, config, unread }: ServeSources = {},
): ReadServeOptions {
  const file = config === undefined ? undefined : { name: config.name, values: config.section };
  const { settings, places, problems } = readSettings({ flags, env, file });
  const problemsHere = [...problems];
  const isFromFile = (name: ServeOptionName): boolean =>
    config !== undefined && places[name].startsWith(`serve.${name} in `);
  // Beside the file that names it, wherever the command runs.
  const toPath = (name: ServeOptionName, path: string): string =>
    isFromFile(name) && path.startsWith(".") && !isAbsolute(path) ? resolve(config!.directory, path) : path;

  const models = settings.model
    .map(parseModelArgument)
    .map(({ name, source }) => ({ name, source: toPath("model", source) }));
  const upstreams = readUpstreams(
    settings.upstream,
    { place: places.upstream, models: models.map(({ name }) => name) },
    problemsHere,
  );
  const isEmpty = models.length === 0 && settings.upstream.length === 0;
  const expectedModels =
    models.length === 0 && (unread === true || !isEmpty) ? [] : checkModels(models, places.model);
  if (!problems.some((problem) => problem.startsWith(places.model))) problemsHere.push(...expectedModels);
  const aliases = readAliases(settings.alias, places.alias, problemsHere);
  const unixSocket = chooseSocket(settings.unixSocket, { flags, env, config }, problemsHere);
  const keys = readRemoteKeys(
    settings.remoteKeyEnv,
    {
      place: places.remoteKeyEnv,
      env,
      // Without models there is something else to say first.
      ...(isEmpty
        ? {}
        : {
            remoteModels: [...models.filter(({ source }) => isRemoteUrl(source)), ...upstreams].map(
              ({ name }) => name,
            ),
          }),
    },
    problemsHere,
  );
  const precision = readPrecisions(
    settings.precision,
    { place: places.precision, models: models.map(({ name }) => name) },
    problemsHere,
  );
  const options: ResolvedServeOptions = Object.freeze({
    models,
    replicas: settings.replicas,
    threads: settings.threads,
    device: settings.device,
    precision,
    minAgreement: settings.minAgreement,
    recycle: {
      jobs: settings.recycleJobs === 0 ? Number.POSITIVE_INFINITY : settings.recycleJobs,
      ageMs: settings.recycleAge === 0 ? Number.POSITIVE_INFINITY : settings.recycleAge,
      ...(settings.maxRss === "auto" ? {} : { rssBytes: settings.maxRss * megabyte }),
    },
    chat: resolveChatOptions(settings, toPath),
    upstreams,
    upstream: {
      slots: settings.upstreamSlots,
      firstByteMs: settings.upstreamFirstByte,
      idleMs: settings.upstreamIdle,
    },
    remote: { keys, timeoutMs: settings.remoteTimeout, slots: settings.remoteSlots },
    cache: {
      ramBytes: settings.cacheRam,
      // WEIR_CACHE_DIR says where built models are as well: alone it asks for no file.
      diskBytes:
        settings.cacheDisk !== "auto"
          ? settings.cacheDisk
          : settings.cacheDir !== undefined && places.cacheDir !== toVariable("cacheDir")
            ? autoDiskBytes
            : 0,
      directory: settings.cacheDir === undefined ? undefined : toPath("cacheDir", settings.cacheDir),
    },
    server: {
      host: settings.host,
      port: settings.port,
      ...(unixSocket === undefined ? {} : { unixSocket: toPath("unixSocket", unixSocket) }),
      limits: {
        jobs: settings.maxJobs,
        tokens: settings.maxCost,
        inputs: settings.maxInputs,
        bodyBytes: settings.bodyLimit * mebibyte,
        heldBytes: settings.heldLimit * mebibyte,
        requestTimeoutMs: settings.requestTimeout,
      },
      aliases,
      allowRoots: settings.allowRoot.map((root) => toPath("allowRoot", root)),
      startTimeoutMs: settings.startTimeout,
      keepAliveMs: settings.keepAlive,
      drainTimeoutMs: settings.drainTimeout,
      security: {
        ...(settings.apiKeys === undefined ? {} : { apiKeysFile: toPath("apiKeys", settings.apiKeys) }),
        insecureNoAuth: settings.insecureNoAuth,
        allowOrigins: settings.allowOrigin,
        allowHosts: settings.allowHost,
      },
      timeouts: { receiveMs: settings.receiveTimeout, sendMs: settings.sendTimeout },
      observing: { slowRequests: resolveSlowRequests(settings.slow) },
    },
    logLevel: settings.logLevel,
    logFormat: settings.logFormat,
  });
  return { options, problems: problemsHere };
}

/**
 * The socket takes the place of host and port, unless one of these was said in a stronger place: a program that starts a
 * server with `--port 0` gets a port whatever is in the environment.
 */
function chooseSocket(
  path: string | undefined,
  { flags, env, config }: ServeSources & { readonly flags: ServeFlags },
  problems: string[],
): string | undefined {
  if (path === undefined) return undefined;
  const strengthOf = (name: ServeOptionName): number => {
    if (flags[name] !== undefined) return 3;
    if ((env?.[toVariable(name)] ?? "") !== "") return 2;
    return config?.section[name] === undefined ? 0 : 1;
  };
  const own = strengthOf("unixSocket");
  const other = Math.max(strengthOf("host"), strengthOf("port"));
  if (other === own) {
    problems.push(
      `--unix-socket: expected it without --host and --port, got both. Leave one out: it listens in one place.`,
    );
  }
  return own > other ? path : undefined;
}

function checkModels(models: readonly ModelArgument[], place: string): string[] {
  if (models.length === 0) {
    return [
      `${place}: expected a folder in the Hugging Face layout, got none. To try without one: --model reference-embed-minilm`,
    ];
  }
  return models.flatMap(({ name, source }) => {
    const remote = isRemoteUrl(source) ? findUrlProblem(source) : undefined;
    if (remote !== undefined) return [`${place}: ${remote}`];
    if (name !== "" && source !== "") return [];
    const expected = isRemoteUrl(source)
      ? "a name for another server's model, NAME=URL"
      : "NAME=PATH or PATH";
    return [`${place}: expected ${expected}, got ${JSON.stringify(`${name}=${source}`)}.`];
  });
}

function findUrlProblem(source: string): string | undefined {
  try {
    parseRemoteUrl(source);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function readAliases(written: readonly string[], place: string, problems: string[]): Record<string, string> {
  const aliases: Record<string, string> = {};
  for (const alias of written) {
    const [, name, model] = /^([^=]+)=(.+)$/.exec(alias) ?? [];
    if (name === undefined || model === undefined)
      problems.push(`${place}: expected NAME=MODEL, got ${JSON.stringify(alias)}.`);
    else if (Object.hasOwn(aliases, name))
      problems.push(`${place}: expected a name once, got ${name} for ${aliases[name]} and for ${model}.`);
    else aliases[name] = model;
  }
  return aliases;
}
