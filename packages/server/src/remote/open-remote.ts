import { setTimeout as delay } from "node:timers/promises";
import { embeddingDialects, toWeirError, WeirError, type EmbeddingRequest } from "@weir/protocol";
import { toPlainRequest } from "../replica/plain-request.ts";
import { restartDelayMs } from "../replica/restart-backoff.ts";
import { describeCause, RemoteSilence, type RemoteConnection } from "./remote-connection.ts";
import { readRemoteAnswer } from "./read-remote-answer.ts";
import type { RemoteRoute } from "./remote-routes.ts";
import { isFull, toRemoteError } from "./to-remote-error.ts";

/** How a server is asked, found out by asking it. */
export interface OpenedRemote {
  readonly route: RemoteRoute;
  readonly dimensions: number;
}

export interface OpeningOptions {
  /** The name it is served under here, for messages. */
  readonly name: string;
  /** The model's name there. */
  readonly model: string;
  /** Beside those that every request has. */
  readonly headers: Readonly<Record<string, string>>;
  /** The ways that are worth trying. */
  readonly routes: readonly RemoteRoute[];
  /** How long one answer may take. */
  readonly timeoutMs: number;
  /** How long to ask again where nothing answers yet. 0 for once. */
  readonly patienceMs: number;
  /** Called when it begins to wait. */
  readonly onWait: (why: string, retryInMs: number) => void;
}

/** What says that a way of asking is not the right one here. */
const otherWays: readonly number[] = [400, 404, 405, 415, 422, 501];
const longestPauseMs = 2_000;

/** The smallest request there is. */
function toTrialRequest(model: string): EmbeddingRequest {
  return { ...toPlainRequest(["weir"]), model };
}

type RouteOutcome =
  | { readonly kind: "vectors"; readonly dimensions: number }
  | { readonly kind: "refused"; readonly status: number; readonly full: boolean; readonly error: WeirError };

/** Asks for one vector. Throws what the answer means, or RemoteSilence. */
export async function tryRoute(
  connection: RemoteConnection,
  route: RemoteRoute,
  options: Pick<OpeningOptions, "name" | "model" | "headers" | "timeoutMs">,
  signal: AbortSignal,
): Promise<RouteOutcome> {
  const request = toTrialRequest(options.model);
  const body = embeddingDialects[route.dialect].encodeRequest(request, route.encoding);
  const { timeoutMs, headers } = options;
  const answer = await connection.post(route.path, body, { timeoutMs, signal, headers });
  if (answer.status !== 200) {
    const error = toRemoteError(options.name, answer, route.dialect);
    return { kind: "refused", status: answer.status, full: isFull(answer), error };
  }
  return { kind: "vectors", dimensions: readRemoteAnswer(request, answer, route.dialect).vectors.dimensions };
}

/**
 * Finds a way to ask a server for vectors. Rejects with REMOTE_REFUSED or what the first way that was tried was answered,
 * and with REMOTE_FAILED where nothing answers in time.
 */
export async function openRemoteRoute(
  connection: RemoteConnection,
  options: OpeningOptions,
  signal: AbortSignal,
): Promise<OpenedRemote> {
  const untilMs = performance.now() + options.patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryRoutes(connection, options, signal);
    } catch (error) {
      const pauseMs = restartDelayMs(attempt, longestPauseMs);
      const known = toKnownError(options.name, error);
      if (signal.aborted || !known.retryable || performance.now() + pauseMs > untilMs) throw known;
      if (attempt === 1) options.onWait(describeCause(error), pauseMs);
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}

async function tryRoutes(
  connection: RemoteConnection,
  options: OpeningOptions,
  signal: AbortSignal,
): Promise<OpenedRemote> {
  let first: WeirError | undefined;
  for (const route of options.routes) {
    const outcome = await tryRoute(connection, route, options, signal);
    if (outcome.kind === "vectors") return { route, dimensions: outcome.dimensions };
    first ??= outcome.error;
    if (!otherWays.includes(outcome.status)) throw outcome.error;
  }
  const asked = [...new Set(options.routes.map(({ dialect, path }) => `${path} (${dialect})`))].join(", ");
  const message = `${first!.message}. Asked for model ${options.model} at ${asked}; name another with NAME=[DIALECT+]URL#MODEL`;
  throw new WeirError("REMOTE_REFUSED", message, { cause: first });
}

/** What its clients are told where a server does not answer. */
export function toKnownError(name: string, error: unknown, retryAfterMs?: number): WeirError {
  if (!(error instanceof RemoteSilence)) return toWeirError(error);
  const details = { cause: error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return new WeirError("REMOTE_FAILED", `the server behind model ${name} ${describeCause(error)}`, details);
}
