import {
  embeddingDialects,
  parseUnixUrl,
  toUnixUrl,
  WeirError,
  type EmbeddingDialectName,
} from "@weir/protocol";
import { describeUnknownOptions } from "./unknown-options.ts";
import { clientPresets, type ClientPresetName } from "./client-presets.ts";

/** What happens to a text that is longer than `textSizeLimit`. */
export type LongTextPolicy = "error" | "truncate" | "split";

export interface ClientOptions {
  /**
   * Where the server is, e.g. `http://127.0.0.1:8787`, or on a Unix socket `http+unix://%2Frun%2Fweir.sock`. A path is
   * kept, and a final `/v1` is not doubled.
   */
  readonly url: string;
  /** The model's name. @default none sent: a server of one model knows which is meant */
  readonly model?: string;
  /** Sent as `Authorization: Bearer KEY`. @default none */
  readonly apiKey?: string;
  /** More request headers. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** The API that the server speaks. @default "openai", which most do */
  readonly dialect?: EmbeddingDialectName;
  /** A starting point for `batchSize`, `textSizeLimit` and `timeoutMs`. @default none */
  readonly preset?: ClientPresetName;
  /** Texts in one request. Whole number >= 1. Raise it for short texts and a server with a large batch. @default 32 */
  readonly batchSize?: number;
  /** Requests in flight for one call. Whole number >= 1. Raise it for a server with several replicas. @default 1 */
  readonly concurrency?: number;
  /**
   * Longest time for one request of `batchSize` texts, its retries and the waits before them included. Above 0. The
   * server is told what is left of it. Raise it for slow models. @default 30_000
   */
  readonly timeoutMs?: number;
  /** Attempts after the first one that failed in a way that may pass. Whole number >= 0. @default 2 */
  readonly retries?: number;
  /**
   * Whether vectors have length 1. `true` scales those that a server left at another length (a vector of zeros stays as
   * it is). `false` asks for the model's own vectors where the dialect has words for that (sidecar, tei), and else
   * leaves what comes untouched: OpenAI's and Ollama's APIs cannot ask. @default true
   */
  readonly normalize?: boolean;
  /** Keep this many leading values of each vector. Done by the server. Whole number >= 1. @default all */
  readonly dimensions?: number;
  /**
   * Longest text in characters, counted as `text.length` does. Whole number >= 2. A guard against texts that take a
   * server's time and are then cut by its model without anybody's knowing. @default no limit, or the preset's
   */
  readonly textSizeLimit?: number;
  /**
   * A text longer than `textSizeLimit`: `error` fails with INPUT_TOO_LONG and its index; `truncate` embeds its
   * beginning; `split` embeds it in pieces and gives their mean, each weighted with its length. The last two are
   * reported in `changes`. @default "error"
   */
  readonly longTexts?: LongTextPolicy;
  /**
   * Whether the server may cut a text that has more tokens than its model takes (reported as `truncated`). `false` asks
   * it to refuse, and the text's index is in the error. Known to Weir, TEI and Ollama. @default true
   */
  readonly allowTruncation?: boolean;
}

export interface ResolvedClientOptions {
  /** Without a final slash or `/v1`. */
  readonly baseUrl: string;
  readonly dialect: EmbeddingDialectName;
  readonly model: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly normalize: boolean;
  readonly dimensions: number | undefined;
  /** Infinity where there is none. */
  readonly textSizeLimit: number;
  readonly longTexts: LongTextPolicy;
  readonly allowTruncation: boolean;
}

const optionNames: Readonly<Record<keyof ClientOptions, true>> = {
  url: true,
  model: true,
  apiKey: true,
  headers: true,
  dialect: true,
  preset: true,
  batchSize: true,
  concurrency: true,
  timeoutMs: true,
  retries: true,
  normalize: true,
  dimensions: true,
  textSizeLimit: true,
  longTexts: true,
  allowTruncation: true,
};

/** Throws USAGE with every problem in one message. */
export function resolveClientOptions(options: ClientOptions): ResolvedClientOptions {
  if (typeof options !== "object" || options === null) {
    const got = options === null ? "null" : typeof options;
    throw new WeirError(
      "USAGE",
      `the client's options are wrong. expected { url: "http://..." }, got ${got}.`,
    );
  }
  const problems: string[] = [];
  const whole = (name: string, value: number, least: number): number => {
    if (Number.isInteger(value) && value >= least) return value;
    problems.push(`${name}: expected a whole number of at least ${least}, got ${value}`);
    return least;
  };
  const choice = <T extends string>(name: string, value: T, choices: readonly string[]): T => {
    if (!choices.includes(value)) {
      problems.push(`${name}: expected one of ${choices.join(", ")}, got ${JSON.stringify(value)}`);
    }
    return value;
  };
  const baseUrl = toBaseUrl(options.url);
  if (baseUrl === undefined) {
    const expected = "a URL such as http://127.0.0.1:8787 or http+unix://%2Frun%2Fweir.sock";
    problems.push(`url: expected ${expected}, got ${JSON.stringify(options.url)}`);
  }
  if (options.preset !== undefined) choice("preset", options.preset, Object.keys(clientPresets));
  const preset = options.preset === undefined ? undefined : clientPresets[options.preset];
  const limit = options.textSizeLimit ?? preset?.textSizeLimit;
  const timeoutMs = options.timeoutMs ?? preset?.timeoutMs ?? 30_000;
  const dialect = choice("dialect", options.dialect ?? "openai", Object.keys(embeddingDialects));
  const resolved = {
    dialect,
    model: options.model,
    headers: Object.freeze({
      ...options.headers,
      ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
    }),
    batchSize: whole("batchSize", options.batchSize ?? preset?.batchSize ?? 32, 1),
    concurrency: whole("concurrency", options.concurrency ?? 1, 1),
    timeoutMs,
    retries: whole("retries", options.retries ?? 2, 0),
    normalize: options.normalize ?? true,
    dimensions: options.dimensions === undefined ? undefined : whole("dimensions", options.dimensions, 1),
    // A surrogate pair takes two, and is never cut.
    textSizeLimit: limit === undefined ? Number.POSITIVE_INFINITY : whole("textSizeLimit", limit, 2),
    longTexts: choice("longTexts", options.longTexts ?? "error", ["error", "truncate", "split"]),
    allowTruncation: options.allowTruncation ?? true,
  };
  if (!(timeoutMs > 0 && timeoutMs <= 2 ** 31 - 1)) {
    problems.push(`timeoutMs: expected milliseconds above 0 and below 2^31, got ${timeoutMs}`);
  }
  if (dialect === "ollama" && options.model === undefined) {
    problems.push("model: expected a name, which the ollama dialect always sends, got none");
  }
  if (dialect === "sidecar" && options.dimensions !== undefined) {
    problems.push("dimensions: the sidecar dialect cannot ask for fewer values; leave it out or use openai");
  }
  problems.push(...describeUnknownOptions(options, optionNames));
  if (baseUrl === undefined || problems.length > 0) {
    throw new WeirError("USAGE", `the client's options are wrong. ${problems.join("; ")}.`);
  }
  return Object.freeze({ baseUrl, ...resolved });
}

function toBaseUrl(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const socket = parseUnixUrl(url);
  const toPath = (path: string): string => path.replace(/\/+$/, "").replace(/\/v1$/, "");
  if (socket !== undefined) return toUnixUrl(socket.socketPath, toPath(new URL(url).pathname));
  const base = new URL(url);
  if (base.protocol !== "http:" && base.protocol !== "https:") return undefined;
  return base.origin + toPath(base.pathname);
}
