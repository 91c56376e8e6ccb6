import { setTimeout as wait } from "node:timers/promises";
import { toWeirError, WeirError } from "@weir/protocol";
import {
  isHopeless,
  toBrokenError,
  toConnectionError,
  toStatusError,
  type HubSubject,
} from "./hub-errors.ts";
import { toBackOffMs, type PullTerms } from "./pull-terms.ts";
import { StallGuard } from "./stall-guard.ts";

export interface HubClientOptions {
  /** Where the hub is, e.g. https://huggingface.co; may have a path. */
  readonly endpoint: URL;
  readonly token: string | undefined;
  readonly version: string;
  readonly terms: PullTerms;
  readonly signal: AbortSignal;
}

export interface HubRequest {
  /** Below the endpoint, encoded, without a slash in front; or a URL of the hub's own. */
  readonly address: string | URL;
  readonly subject: HubSubject;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are answers beside 200. */
  readonly accept?: readonly number[];
}

/** An answer whose body is still to be read. Disposing of it ends the connection. */
export interface HubAnswer extends Disposable {
  readonly response: Response;
  /** From the hub's own answer, before it sent elsewhere: what the file's SHA-256 is. */
  readonly linkedEtag: string | undefined;
  /** The body's pieces. Throws HUB_UNREACHABLE where it stalls or is cut, the signal's reason where that fires. */
  readonly chunks: () => AsyncGenerator<Uint8Array>;
}

const mostRedirects = 5;

/** Asks a hub in the Hugging Face protocol. The token is shown to the hub itself only, never to where it sends on to. */
export class HubClient {
  readonly #options: HubClientOptions;

  constructor(options: HubClientOptions) {
    this.#options = options;
  }

  get endpoint(): URL {
    return this.#options.endpoint;
  }

  /** Asks once, following redirects. Throws HUB_UNREACHABLE, HUB_REFUSED. */
  async open({ address, subject, headers = {}, accept = [] }: HubRequest): Promise<HubAnswer> {
    const { terms, signal } = this.#options;
    signal.throwIfAborted();
    const guard = new StallGuard(terms.stallMs, signal);
    let url = address instanceof URL ? address : this.#toUrl(address);
    let linkedEtag: string | undefined;
    try {
      for (let redirects = 0; redirects <= mostRedirects; redirects++) {
        const response = await this.#fetch(url, headers, guard);
        guard.touch();
        linkedEtag ??= response.headers.get("x-linked-etag") ?? undefined;
        const location = response.headers.get("location");
        if (response.status >= 300 && response.status < 400 && location !== null) {
          // Read to its end, so that the connection serves again.
          await response.arrayBuffer().catch(() => undefined);
          url = followTo(url, location);
        } else if (response.status === 200 || accept.includes(response.status)) {
          return {
            response,
            linkedEtag,
            chunks: () => readChunks(response, url, guard, signal),
            [Symbol.dispose]: () => guard[Symbol.dispose](),
          };
        } else {
          // A link that has expired since the hub gave it out: the hub gives another.
          if (url.origin !== this.#options.endpoint.origin && response.status === 403)
            throw new WeirError(
              "HUB_UNREACHABLE",
              `${url.origin} refused what the hub sent there for (status 403).`,
            );
          throw toStatusError(url, response, subject, this.#options.token !== undefined);
        }
      }
      throw new WeirError("HUB_REFUSED", `${this.endpoint.origin} sent on more than ${mostRedirects} times.`);
    } catch (error) {
      guard[Symbol.dispose]();
      throw error;
    }
  }

  /** A whole small answer, asked for again where that may help. */
  async read(request: HubRequest): Promise<{ readonly bytes: Buffer; readonly headers: Headers }> {
    for (let attempt = 1; ; attempt++) {
      try {
        using answer = await this.open(request);
        const chunks: Uint8Array[] = [];
        for await (const chunk of answer.chunks()) chunks.push(chunk);
        return { bytes: Buffer.concat(chunks), headers: answer.response.headers };
      } catch (error) {
        await this.pause(error, attempt, true);
      }
    }
  }

  /**
   * Waits before the next try, or throws the error where there is to be none.
   * @param attempt tries that failed in a row, from 1
   * @param first whether nothing has been reached yet: then an absent network is told at once
   */
  async pause(error: unknown, attempt: number, first = false): Promise<void> {
    const { signal, terms } = this.#options;
    signal.throwIfAborted();
    const known = toWeirError(error);
    if (!known.retryable || attempt >= terms.attempts || (first && isHopeless(known))) throw error;
    await wait(toBackOffMs(attempt, terms, known.retryAfterMs, Math.random()), undefined, { signal });
  }

  #toUrl(address: string): URL {
    const { endpoint } = this.#options;
    return new URL(`${endpoint.origin}${endpoint.pathname.replace(/\/+$/, "")}/${address}`);
  }

  async #fetch(url: URL, headers: Readonly<Record<string, string>>, guard: StallGuard): Promise<Response> {
    const { token, version, endpoint, signal } = this.#options;
    const own = {
      "user-agent": `weir/${version}`,
      "accept-encoding": "identity",
      ...headers,
      ...(token !== undefined && url.origin === endpoint.origin && { authorization: `Bearer ${token}` }),
    };
    try {
      return await fetch(url, { headers: own, redirect: "manual", signal: guard.signal });
    } catch (error) {
      throw toReadError(url, guard, signal) ?? toConnectionError(url, error);
    }
  }
}

async function* readChunks(
  response: Response,
  url: URL,
  guard: StallGuard,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) {
      guard.touch();
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw toReadError(url, guard, signal) ?? toBrokenError(url, error);
  }
}

/** What the signals say of an error; undefined where they say nothing. */
function toReadError(url: URL, guard: StallGuard, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return guard.stalled
    ? new WeirError("HUB_UNREACHABLE", `${url.origin} fell silent before the end.`)
    : undefined;
}

function followTo(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (
    to === undefined ||
    !/^https?:$/.test(to.protocol) ||
    (from.protocol === "https:" && to.protocol === "http:")
  )
    throw new WeirError(
      "HUB_REFUSED",
      `${from.origin} sent on to what is no https address. Check HF_ENDPOINT.`,
    );
  return to;
}
