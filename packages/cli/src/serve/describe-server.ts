import { referenceWeightsPhrase } from "@weir/engine";
import { parseUnixUrl } from "@weir/protocol";
import { describePrecision, type HostedModel, type QueuedBackend } from "@weir/server";
import { describeChatModel, toChatFields, toMegabytes } from "./describe-chat-model.ts";
import type { ResolvedServeOptions } from "./resolve-serve-options.ts";

/** A server that is ready, and what it was told. */
export interface StartedServer {
  readonly url: string;
  readonly models: readonly HostedModel[];
  readonly options: Pick<ResolvedServeOptions, "server" | "cache" | "chat">;
  /** The configuration file that was read; undefined where there was none. */
  readonly config: string | undefined;
  /** From the command's start until every model could answer. */
  readonly startMs: number;
}

/** What to paste into a shell to get a vector; scores or an answer, where no model embeds. */
export function describeCurl(url: string, models: readonly Pick<HostedModel, "kind">[]): string {
  const socket = parseUnixUrl(url)?.socketPath;
  const server = socket === undefined ? url : `--unix-socket ${describeForShell(socket)} http://localhost`;
  const post = (path: string, body: object): string =>
    `curl ${server}${path} -H 'content-type: application/json' -d '${JSON.stringify(body).replace(":", ": ")}'`;
  return models.some(({ kind }) => kind === "embed")
    ? post("/v1/embeddings", { input: "a weir holds the river" })
    : models.some(({ kind }) => kind === "rank")
      ? post("/predict", { inputs: "a weir holds the river" })
      : post("/v1/chat/completions", {
          messages: [{ role: "user", content: "what is a weir" }],
          // Weights from a seed go on until the context is full.
          max_tokens: 64,
        });
}

function describeForShell(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/** A model in a few indented lines: name, shape, what computes and how, and whether its weights mean anything. */
export function describeModel(model: HostedModel): string {
  const lines = model.kind === "chat" ? describeChatModel(model) : describeBackend(model);
  return lines.map((line) => `  ${line}\n`).join("");
}

function describeBackend({ name, info, source }: QueuedBackend): readonly string[] {
  if (source.kind === "remote") {
    const { url, dialect, remoteModel } = source.remote;
    const asked = `${info.dimensions} dimensions; asked for as ${remoteModel} in the ${dialect} dialect`;
    return [name, `  computed by ${url}`, `  ${asked}`];
  }
  const size =
    info.labels === undefined
      ? `${info.dimensions} dimensions, ${info.maxTokens} tokens, ${info.pooling} pooling`
      : `${info.labels.length === 1 ? "re-ranker" : `classifier of ${info.labels.length} labels`}, ${info.maxTokens} tokens`;
  const weights = `${info.precision} on ${info.device}, ${toMegabytes(info.weightBytes ?? 0)}`;
  return [
    name,
    `  ${size}; ${weights}`,
    ...(source.pool.precision.asked === "fp32" ? [] : [`  ${describePrecision(source.pool.precision)}`]),
    `  ${describeLayout(source.pool.layout)}`,
    ...(info.deviceFallback === undefined ? [] : [`  warning: ${info.deviceFallback}`]),
    ...(info.reference ? [`  ${referenceWeightsPhrase}`] : []),
  ];
}

type Layout = Extract<QueuedBackend["source"], { kind: "replicas" }>["pool"]["layout"];

function describeLayout({ replicas, threads, chosenBy, measured }: Layout): string {
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
  const how = { given: "", measured: ", measured just now", remembered: ", as measured at an earlier start" }[
    chosenBy
  ];
  const points = measured.map(
    (point) => `${point.replicas} x ${point.threads}: ${point.jobsPerSecond.toFixed(1)} jobs/s`,
  );
  const tried = points.length === 0 ? "" : ` (${points.join(", ")})`;
  return `${count(replicas, "replica")} of ${count(threads, "thread")}${how}${tried}`;
}

/** What a terminal shows once the server is ready. */
export function describeBanner({ url, models, options, config, startMs }: StartedServer): string {
  const { security, aliases, limits, keepAliveMs } = options.server;
  const others = Object.entries(aliases).map(([alias, name]) => `  ${alias} -> ${name}\n`);
  const keys =
    security.apiKeysFile === undefined ? "nobody needs a key" : `API keys of ${security.apiKeysFile}`;
  const open = security.insecureNoAuth === true && security.apiKeysFile === undefined;
  const facts = [
    `${url}/openapi.json lists the routes; /health/ready, /metrics`,
    open ? "warning: whoever reaches it may use it (--insecure-no-auth)" : keys,
    `at most ${limits.jobs} requests wait for each model`,
    ...(models.every(({ kind }) => kind === "chat") ? [] : [describeCache(options.cache)]),
    ...(models.some(({ kind, source }) => kind === "chat" && source.kind !== "remote")
      ? [describeConversations(options.chat)]
      : []),
    ...(options.chat.answers === undefined ? [] : describeAnswerCache(options.chat.answers, models)),
    ...(keepAliveMs === Number.POSITIVE_INFINITY || models.every(({ source }) => source.kind === "remote")
      ? []
      : [
          `a model that nobody asks for is unloaded after ${keepAliveMs / 1_000} s; the next request loads it`,
        ]),
    ...(config === undefined ? [] : [`configured by ${config}`]),
  ];
  const lines = facts.map((fact) => `  ${fact}\n`).join("");
  return `ready after ${(startMs / 1_000).toFixed(1)} s\n${models.map(describeModel).join("")}${others.join("")}\n${lines}\n  ${describeCurl(url, models)}\n\n`;
}

function describeCache({ ramBytes, diskBytes, directory }: ResolvedServeOptions["cache"]): string {
  const where = directory === undefined ? "the cache folder" : directory;
  const places = [
    ...(ramBytes === 0 ? [] : [`in ${toSize(ramBytes)} of memory`]),
    ...(diskBytes === 0 ? [] : [`in a file of up to ${toSize(diskBytes)} in ${where}`]),
  ];
  return places.length === 0 ? "no cache of embeddings" : `embeddings are cached ${places.join(" and ")}`;
}

function describeAnswerCache(
  { mode, maxBytes, threshold, ttlMs }: NonNullable<ResolvedServeOptions["chat"]["answers"]>,
  models: readonly HostedModel[],
): readonly string[] {
  const judge = mode === "semantic" ? models.find(({ kind }) => kind === "embed") : undefined;
  const alike = judge === undefined ? "" : `, also for what is alike to ${judge.name} from ${threshold} on,`;
  const hours = ttlMs / 3_600_000;
  const time = Number.isInteger(hours) ? `${hours} h` : `${ttlMs / 1_000} s`;
  const room = `in ${toSize(maxBytes)} of memory for ${time}`;
  return [
    `chat answers at temperature 0 are cached${alike} ${room}, for each API key by itself`,
    ...(judge?.info.reference === true
      ? [`warning: ${judge.name} has reference weights, which tell no likeness: answers will be mixed up`]
      : []),
  ];
}

function describeConversations({ kv: { diskBytes, directory } }: ResolvedServeOptions["chat"]): string {
  if (diskBytes === 0) return "conversations are remembered until the server ends";
  const where = directory ?? "the cache folder";
  return `conversations are remembered, over restarts too: up to ${toSize(diskBytes)} in ${where}`;
}

function toSize(bytes: number): string {
  return bytes >= 1e9 ? `${Number((bytes / 1e9).toFixed(1))} GB` : `${Math.round(bytes / 1e6)} MB`;
}

/** The same as fields of a log line. */
export function toReadyFields(started: StartedServer): Record<string, unknown> {
  const { url, models, options, config, startMs } = started;
  const { security, aliases, limits } = options.server;
  return {
    url,
    config,
    startMs: Math.round(startMs),
    ...(Object.keys(aliases).length === 0 ? {} : { aliases }),
    keyNeeded: security.apiKeysFile !== undefined,
    apiKeys: security.apiKeysFile,
    maxJobs: limits.jobs,
    cache: options.cache,
    ...(options.chat.answers === undefined ? {} : { answerCache: options.chat.answers }),
    models: models.map((model) => (model.kind === "chat" ? toChatFields(model) : toBackendFields(model))),
  };
}

function toBackendFields({ name, info, source }: QueuedBackend): Record<string, unknown> {
  return {
    name,
    dimensions: info.dimensions,
    maxTokens: info.maxTokens,
    precision: info.precision,
    device: info.device,
    deviceFallback: info.deviceFallback,
    reference: info.reference,
    ...(source.kind === "replicas"
      ? { ...source.pool.layout, precisionChoice: source.pool.precision }
      : { remote: source.remote.url, dialect: source.remote.dialect }),
  };
}
