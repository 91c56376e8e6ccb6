import { WeirError } from "@weir/protocol";

export interface ClientOptions {
  /** Where the server is, e.g. `http://127.0.0.1:8787`. A path is kept, and a final `/v1` is not doubled. */
  readonly url: string;
  /** The model's name. @default none sent: a server of one model knows which is meant */
  readonly model?: string;
  /** Sent as `Authorization: Bearer KEY`. @default none */
  readonly apiKey?: string;
  /** More request headers. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Texts in one request. Whole number >= 1. Raise it for short texts and a server with a large batch. @default 32 */
  readonly batchSize?: number;
  /** Requests in flight for one call. Whole number >= 1. Raise it for a server with several replicas. @default 1 */
  readonly concurrency?: number;
  /** Longest wait for one attempt's whole answer. Above 0. Raise it for slow models. @default 30_000 */
  readonly timeoutMs?: number;
  /** Attempts after the first one that failed in a way that may pass. Whole number >= 0. @default 2 */
  readonly retries?: number;
}

export interface ResolvedClientOptions {
  /** The whole address that requests are posted to. */
  readonly endpoint: string;
  readonly model: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly retries: number;
}

/** Throws USAGE with every problem in one message. */
export function resolveClientOptions(options: ClientOptions): ResolvedClientOptions {
  const problems: string[] = [];
  const whole = (name: "batchSize" | "concurrency" | "retries", absent: number, least: number): number => {
    const value = options[name] ?? absent;
    if (!Number.isInteger(value) || value < least) {
      problems.push(`${name}: expected a whole number of at least ${least}, got ${value}`);
    }
    return value;
  };
  const endpoint = toEndpoint(options.url);
  if (endpoint === undefined) {
    const expected = "an http or https URL such as http://127.0.0.1:8787";
    problems.push(`url: expected ${expected}, got ${JSON.stringify(options.url)}`);
  }
  const batchSize = whole("batchSize", 32, 1);
  const concurrency = whole("concurrency", 1, 1);
  const retries = whole("retries", 2, 0);
  const timeoutMs = options.timeoutMs ?? 30_000;
  if (!(timeoutMs > 0 && timeoutMs <= 2 ** 31 - 1)) {
    problems.push(`timeoutMs: expected milliseconds above 0 and below 2^31, got ${timeoutMs}`);
  }
  if (endpoint === undefined || problems.length > 0) {
    throw new WeirError("USAGE", `the client's options are wrong. ${problems.join("; ")}.`);
  }
  return Object.freeze({
    endpoint,
    model: options.model,
    headers: Object.freeze({
      ...options.headers,
      ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
    }),
    batchSize,
    concurrency,
    timeoutMs,
    retries,
  });
}

function toEndpoint(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const base = new URL(url);
  if (base.protocol !== "http:" && base.protocol !== "https:") return undefined;
  const path = base.pathname.replace(/\/+$/, "").replace(/\/v1$/, "");
  base.pathname = `${path}/v1/embeddings`;
  return base.href;
}
