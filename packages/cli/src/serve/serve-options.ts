import { devices } from "@weir/engine";
import type { LogLevel } from "@weir/server";
import { chatOptions } from "./chat-options.ts";
import {
  choice,
  duration,
  keepAlive,
  listOf,
  named,
  orAuto,
  share,
  size,
  switched,
  text,
  whole,
  type OptionKind,
} from "./option-kinds.ts";
import { precisions } from "./read-precisions.ts";
import type { LogFormat, ServeOptionName, ServeSettings } from "./serve-settings.ts";
import { slowLimits } from "./slow-requests.ts";
import { upstreamOptions } from "./upstream-options.ts";

interface ServeOption<Value> {
  readonly group: string;
  readonly kind: OptionKind<Exclude<Value, undefined>>;
  /** As it is written where it is left out; undefined where nothing stands for it. */
  readonly absent: string | boolean | readonly string[] | undefined;
  /** What it is for, as the help says it. */
  readonly description: string;
}

type ServeOptions = { readonly [Name in ServeOptionName]: ServeOption<ServeSettings[Name]> };

/**
 * Every option of `weir serve`, once: the flags, the variables, the keys of the configuration file, the help and
 * docs/reference/serve-options.md come from this table.
 */
export const serveOptions: ServeOptions = {
  model: {
    group: "Models",
    kind: named("[name=]path|url", listOf(text)),
    absent: [],
    description:
      "a model folder, a .gguf file for chat, a reference model's name, a pulled model as ORG/NAME or ORG/NAME@REVISION, or another server's model as URL or URL#MODEL; repeatable, the first is what routes without a model name use",
  },
  alias: {
    group: "Models",
    kind: named("name=model", listOf(text)),
    absent: [],
    description: "another name for a model; repeatable",
  },
  replicas: {
    group: "Models",
    kind: orAuto(whole(1, 256)),
    absent: "1",
    description:
      "processes of each model; auto measures once which number of them and of threads is fastest here, and remembers it",
  },
  threads: {
    group: "Models",
    kind: orAuto(whole(1, 1_024)),
    absent: "auto",
    description:
      "threads of each replica; auto gives each its share of the cores, or what was measured; a chat model begins with those that are free, and follows what others leave",
  },
  device: {
    group: "Models",
    kind: choice(...devices),
    absent: "auto",
    description: "what computes; auto takes what is there and says why where it falls back to the CPU",
  },
  precision: {
    group: "Models",
    kind: precisions,
    absent: ["fp32"],
    description:
      "weights that compute a model: fp32 is what its folder has, int8 and int8-accurate are made of that at the first start and kept, auto measures once which is the fastest that meets --min-agreement; repeatable, mini=int8 is for one model",
  },
  minAgreement: {
    group: "Models",
    kind: share,
    absent: "0.95",
    description:
      "share of texts with a clear nearest neighbour that keep it in a precision which auto may choose",
  },
  startTimeout: {
    group: "Models",
    kind: duration(1),
    absent: "120s",
    description: "time that a model may take to load",
  },
  keepAlive: {
    group: "Models",
    kind: keepAlive,
    absent: "forever",
    description:
      "time that a model stays loaded after its last request, such as 10m; the next request loads it again, and Ollama's keep_alive beats this",
  },
  maxRss: {
    group: "Models",
    kind: named("megabytes", orAuto(whole(50, 10_000_000))),
    absent: "auto",
    description:
      "memory above which a replica is replaced by a new one; auto is the larger of 800 and 2.5 times the weights",
  },
  recycleJobs: {
    group: "Models",
    kind: whole(0),
    absent: "10000",
    description: "jobs after which a replica is replaced by a new one, give or take a tenth; 0 for never",
  },
  recycleAge: {
    group: "Models",
    kind: duration(0),
    absent: "24h",
    description: "age at which a replica is replaced by a new one, less up to a tenth; 0 for never",
  },
  remoteKeyEnv: {
    group: "Models",
    kind: named("[model=]variable", listOf(text)),
    absent: [],
    description:
      "environment variable with the key of the servers behind remote models and upstreams, or of one model's; repeatable",
  },
  remoteTimeout: {
    group: "Models",
    kind: duration(1),
    absent: "60s",
    description: "time that the server behind a remote model may take for an answer",
  },
  remoteSlots: {
    group: "Models",
    kind: whole(1, 1_024),
    absent: "8",
    description: "requests that are sent to the server behind a remote model at a time; the others wait here",
  },
  ...upstreamOptions,
  ...chatOptions,
  host: {
    group: "Listening",
    kind: named("address", text),
    absent: "127.0.0.1",
    description: "address to listen on",
  },
  port: {
    group: "Listening",
    kind: whole(0, 65_535),
    absent: "8787",
    description: "port to listen on; 0 picks a free one",
  },
  unixSocket: {
    group: "Listening",
    kind: named("path", text),
    absent: undefined,
    description:
      "Unix socket to listen on instead of a port, for this user alone; on Windows the name of a pipe (default: none)",
  },
  drainTimeout: {
    group: "Listening",
    kind: duration(1),
    absent: "30s",
    description: "time that requests under way have to finish when the server ends",
  },
  maxJobs: {
    group: "Limits",
    kind: whole(0),
    absent: "256",
    description: "requests that may wait for each model beside those it computes; 503 above",
  },
  maxCost: {
    group: "Limits",
    kind: named("tokens", whole(1)),
    absent: "16777216",
    description: "tokens that may wait for each model, as estimated; 503 above",
  },
  maxInputs: {
    group: "Limits",
    kind: whole(1),
    absent: "2048",
    description: "texts in one request; 400 above",
  },
  bodyLimit: {
    group: "Limits",
    kind: named("mebibytes", whole(1, 1_024)),
    absent: "32",
    description: "size of a request body; 413 above",
  },
  heldLimit: {
    group: "Limits",
    kind: named("mebibytes", whole(1, 1_048_576)),
    absent: "512",
    description:
      "size of all request bodies that are held at once, those of waiting requests included; 503 above",
  },
  requestTimeout: {
    group: "Limits",
    kind: duration(1),
    absent: "30s",
    description:
      "time that a request may take in the queue and the model where it names none in X-Request-Timeout, or 4 times its own estimate where that is longer; 504 above. Of chat only the queue counts, with five minutes at least",
  },
  receiveTimeout: {
    group: "Limits",
    kind: duration(1),
    absent: "60s",
    description: "time that a client may take to send a request; 408 above",
  },
  sendTimeout: {
    group: "Limits",
    kind: duration(1),
    absent: "30s",
    description: "time that a client may go without reading any of its answer; its connection is cut then",
  },
  cacheRam: {
    group: "Cache",
    kind: size(1e6),
    absent: "64MB",
    description: "memory for vectors that were computed, so that no text is computed twice; 0 for none",
  },
  cacheDisk: {
    group: "Cache",
    kind: orAuto(size(10e6)),
    absent: "auto",
    description:
      "size of the file that keeps them between runs and for several servers; auto is 4GB where --cache-dir is given as a flag or in the file, and none otherwise",
  },
  cacheDir: {
    group: "Cache",
    kind: named("dir", text),
    absent: undefined,
    description:
      "folder of that file, which is put into embeddings/ there; nothing else is, as WEIR_CACHE_DIR alone moves built and pulled models, weights of --precision and what was measured (default: the cache folder of this system, where these are)",
  },
  apiKeys: {
    group: "Security",
    kind: named("file", text),
    absent: undefined,
    description:
      "API keys, as weir keys create writes them; read again when the file changes (default: nobody needs a key)",
  },
  insecureNoAuth: {
    group: "Security",
    kind: switched,
    absent: false,
    description: "listen where other machines reach it without API keys",
  },
  allowOrigin: {
    group: "Security",
    kind: named("origin", listOf(text)),
    absent: [],
    description: "web pages that may use the server, e.g. https://app.example.com, or * for all; repeatable",
  },
  allowHost: {
    group: "Security",
    kind: named("name", listOf(text)),
    absent: [],
    description:
      "host names that a server without keys answers to beside this machine's own, or * for all; repeatable",
  },
  allowRoot: {
    group: "Security",
    kind: named("dir", listOf(text)),
    absent: [],
    description: "folder below which /embed-file may read; repeatable (default: none)",
  },
  logLevel: {
    group: "Logs",
    kind: choice<LogLevel>("trace", "debug", "info", "warn", "error", "silent"),
    absent: "info",
    description: "least important lines that are logged, on stderr",
  },
  logFormat: {
    group: "Logs",
    kind: choice<LogFormat>("auto", "json", "pretty"),
    absent: "auto",
    description: "how lines are logged; auto is pretty on a terminal and JSON elsewhere",
  },
  slow: {
    group: "Logs",
    kind: slowLimits,
    absent: ["100ms"],
    description:
      "from what time on a request is logged as slow, with where the time went; repeatable, embed=200ms is for one kind of job",
  },
};

/** In the order of the table. */
export const serveOptionNames: readonly ServeOptionName[] = Object.keys(serveOptions) as ServeOptionName[];

/** `maxJobs` as `--max-jobs`. */
export function toFlag(name: ServeOptionName): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `maxJobs` as `WEIR_MAX_JOBS`. */
export function toVariable(name: ServeOptionName): string {
  return `WEIR_${toFlag(name).slice(2).replaceAll("-", "_").toUpperCase()}`;
}
