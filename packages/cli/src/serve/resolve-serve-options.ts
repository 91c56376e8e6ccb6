import { isAbsolute, resolve } from "node:path";
import { WeirError } from "@weir/protocol";
import type { ServerOptions } from "@weir/server";
import type { Device } from "@weir/engine";
import type { LoadedConfig } from "../config/load-config.ts";
import { parseModelArgument, type ModelArgument } from "../models/model-argument.ts";
import { readSettings } from "./read-settings.ts";
import { toVariable, type LogFormat, type ServeOptionName, type ServeSettings } from "./serve-options.ts";

/** The flags of `weir serve` as they were written; a switch is a boolean, what may be repeated a list. */
export type ServeFlags = {
  readonly [Name in ServeOptionName]?: string | boolean | readonly string[] | undefined;
};

export interface ServeSources {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly config?: LoadedConfig | undefined;
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
    | "drainTimeoutMs"
    | "security"
    | "timeouts"
    | "aliases"
    | "observing"
  >
>;

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
  readonly recycle: { readonly jobs: number; readonly rssBytes?: number };
  readonly cache: ResolvedCacheOptions;
  readonly server: ServerSettings;
  readonly logLevel: ServeSettings["logLevel"];
  readonly logFormat: LogFormat;
}

const mebibyte = 1024 * 1024;
const megabyte = 1_000_000;
const autoDiskBytes = 4_000 * megabyte;

/** Every problem in one USAGE error: where it was said, expected, got, next step. */
export function resolveServeOptions(
  flags: ServeFlags,
  { env, config }: ServeSources = {},
): ResolvedServeOptions {
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
  const expectedModels = checkModels(models, places.model);
  if (!problems.some((problem) => problem.startsWith(places.model))) problemsHere.push(...expectedModels);
  const aliases = readAliases(settings.alias, places.alias, problemsHere);
  if (problemsHere.length > 0) throw new WeirError("USAGE", problemsHere.join("\n"));

  return Object.freeze({
    models,
    replicas: settings.replicas,
    threads: settings.threads,
    device: settings.device,
    recycle: {
      jobs: settings.recycleJobs === 0 ? Number.POSITIVE_INFINITY : settings.recycleJobs,
      ...(settings.maxRss === "auto" ? {} : { rssBytes: settings.maxRss * megabyte }),
    },
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
      limits: {
        jobs: settings.maxJobs,
        tokens: settings.maxCost,
        inputs: settings.maxInputs,
        bodyBytes: settings.bodyLimit * mebibyte,
      },
      aliases,
      allowRoots: settings.allowRoot.map((root) => toPath("allowRoot", root)),
      startTimeoutMs: settings.startTimeout,
      drainTimeoutMs: settings.drainTimeout,
      security: {
        ...(settings.apiKeys === undefined ? {} : { apiKeysFile: toPath("apiKeys", settings.apiKeys) }),
        insecureNoAuth: settings.insecureNoAuth,
        allowOrigins: settings.allowOrigin,
        allowHosts: settings.allowHost,
      },
      timeouts: { receiveMs: settings.receiveTimeout, sendMs: settings.sendTimeout },
      observing: { slowRequests: { defaultMs: settings.slow } },
    },
    logLevel: settings.logLevel,
    logFormat: settings.logFormat,
  });
}

function checkModels(models: readonly ModelArgument[], place: string): string[] {
  if (models.length === 0) {
    return [
      `${place}: expected a folder in the Hugging Face layout, got none. To try without one: --model reference-embed-minilm`,
    ];
  }
  const problems = models
    .filter(({ name, source }) => name === "" || source === "")
    .map(
      ({ name, source }) =>
        `${place}: expected NAME=PATH or PATH, got ${JSON.stringify(`${name}=${source}`)}.`,
    );
  const names = models.map((model) => model.name);
  for (const name of new Set(names.filter((candidate, index) => names.indexOf(candidate) !== index))) {
    problems.push(`${place}: two models have the name ${name}. Give them names: --model NAME=PATH`);
  }
  return problems;
}

function readAliases(written: readonly string[], place: string, problems: string[]): Record<string, string> {
  const aliases: Record<string, string> = {};
  for (const alias of written) {
    const [, name, model] = /^([^=]+)=(.+)$/.exec(alias) ?? [];
    if (name === undefined || model === undefined)
      problems.push(`${place}: expected NAME=MODEL, got ${JSON.stringify(alias)}.`);
    else aliases[name] = model;
  }
  return aliases;
}
