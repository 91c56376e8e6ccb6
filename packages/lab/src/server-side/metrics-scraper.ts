import { askOnce, parseHttpTarget, splitRequestUrl, type Asked } from "@weir/load";
import { toUnixUrl } from "@weir/protocol";
import type { ConnectionRequest } from "../run/run-request.ts";
import { isKnownMetric } from "./known-metrics.ts";
import { MetricsLog } from "./metrics-log.ts";
import { parseExposition } from "./parse-exposition.ts";

export interface ScrapeTarget {
  /** The server that is loaded. */
  readonly url: string;
  /** Sent to that server only: keys are in them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly connection: ConnectionRequest | undefined;
  /** Where its metrics are. @default /metrics of the server */
  readonly metricsUrl: string | undefined;
}

/** Before and after the load nothing is in a look's way; within it, it may have to wait. */
const outsideTimeoutMs = 2000;
const withinTimeoutMs = 5000;
const mostBytes = 8 * 1024 * 1024;

const everyMs = 1000;
/** Where a look costs the server or this process that much, it is taken less often. */
const slowEveryMs = 5000;
const slowAnswerMs = 1000;
/** Some 4 ms of reading. */
const longAnswerBytes = 256 * 1024;

/** Reads a server's metrics over and over. */
export class MetricsScraper {
  readonly url: string;
  readonly log: MetricsLog = new MetricsLog(isKnownMetric);
  readonly #server: string;
  readonly #path: string;
  readonly #target: ScrapeTarget;
  looks = 0;
  failedLooks = 0;
  everyMs: number = everyMs;

  constructor(target: ScrapeTarget) {
    const { url, path } = splitRequestUrl(target.metricsUrl ?? toMetricsUrl(target.url));
    this.url = url + path;
    this.#server = url;
    this.#path = path;
    this.#target = target;
  }

  /** Looks once. Gives why there was nothing to be read; undefined where there was. */
  async look(isLast: boolean, signal?: AbortSignal): Promise<string | undefined> {
    this.looks += 1;
    const beganMs = performance.now();
    const isWithin = this.looks > 1 && !isLast;
    const answer = await this.#ask(isWithin ? withinTimeoutMs : outsideTimeoutMs, signal);
    if (answer.kind === "failed") return this.#fail(answer.message);
    if (answer.status !== 200) return this.#fail(`status ${answer.status}`);
    const exposition = parseExposition(Buffer.from(answer.body).toString("utf8"));
    if (exposition === undefined) return this.#fail("an answer that is no metrics");
    // Somewhere between being asked and answering.
    this.log.add(beganMs + answer.tookMs / 2, exposition, isLast);
    const isSlow = answer.tookMs > slowAnswerMs || answer.body.length > longAnswerBytes;
    this.everyMs = isSlow ? slowEveryMs : everyMs;
    return undefined;
  }

  #fail(reason: string): string {
    this.failedLooks += 1;
    this.everyMs = slowEveryMs;
    return reason;
  }

  async #ask(timeoutMs: number, signal: AbortSignal | undefined): Promise<Asked> {
    const { headers, connection, url } = this.#target;
    const own = isSameServer(this.#server, url);
    try {
      return await askOnce(
        this.#server,
        {
          method: "GET",
          path: this.#path,
          headers: { ...(own ? withoutBodyHeaders(headers) : {}), Accept: "text/plain;version=0.0.4" },
        },
        { ...(own ? connection : {}), connectTimeoutMs: timeoutMs, timeoutMs, mostBytes, signal },
      );
    } catch (error) {
      return {
        kind: "failed",
        failure: "timeout",
        message: error instanceof Error ? error.message : String(error),
      };
    }
  }
}

/** Metrics are at the root of a server, whatever comes before the paths of its API. */
function toMetricsUrl(url: string): string {
  const { socketPath, basePath, url: whole } = parseHttpTarget(url);
  const root = whole.slice(0, whole.length - basePath.length);
  return `${socketPath === undefined ? root : toUnixUrl(socketPath)}/metrics`;
}

function isSameServer(one: string, other: string): boolean {
  const toOrigin = (url: string): string => {
    const { secure, authority, socketPath } = parseHttpTarget(url);
    return `${secure} ${socketPath ?? authority}`;
  };
  return toOrigin(one) === toOrigin(other);
}

function withoutBodyHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(?:accept|content-.*)$/i.test(name)),
  );
}
