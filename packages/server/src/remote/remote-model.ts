import { setTimeout as delay } from "node:timers/promises";
import { embeddingDialects, replaceField, WeirError } from "@weir/protocol";
import type { EmbeddingDialectName, ErrorCode } from "@weir/protocol";
import type {
  BackendInfo,
  EmbeddingBackend,
  JobOrigin,
  PassedAnswer,
  TimedEmbeddingResult,
} from "../models/embedding-backend.ts";
import { toWrongKindError } from "../models/wrong-kind.ts";
import type { CircuitOptions } from "../replica/circuit-breaker.ts";
import type { ReplicaEvent } from "../replica/replica-events.ts";
import { choosePause } from "./ask-again.ts";
import { openRemoteRoute, toKnownError, tryRoute } from "./open-remote.ts";
import { inspectPassedAnswer, readRemoteAnswer } from "./read-remote-answer.ts";
import { openRemoteConnection, RemoteSilence, toReason, type RemoteAnswer } from "./remote-connection.ts";
import { encodePassedServers, passedServersHeader } from "./passed-servers.ts";
import { listRemoteRoutes } from "./remote-routes.ts";
import { toShownUrl, type RemoteTarget } from "./remote-target.ts";
import { RemoteWatch } from "./remote-watch.ts";
import { createKeyError, toDownError, toRemoteError } from "./to-remote-error.ts";

export interface RemoteModelOptions extends RemoteTarget {
  /** The name it is served under. */
  readonly name: string;
  /** What it adds to the servers that a request came through. */
  readonly serverId: string;
  readonly circuit?: Partial<CircuitOptions>;
  /** How long to wait for a server that does not answer yet, in milliseconds. @default 0 */
  readonly patienceMs?: number;
  readonly onEvent?: (event: ReplicaEvent) => void;
  /** Called whenever `slots` may be another number than before. */
  readonly onSlotsChange?: () => void;
}

/** A model on another server. */
export interface RemoteModel extends EmbeddingBackend {
  /** As people may see it. */
  readonly url: string;
  /** The API it is asked in. */
  readonly dialect: EmbeddingDialectName;
  /** The model's name there. */
  readonly remoteModel: string;
}

/** What only a server of one's own tells. */
const ownWork = { tokenizeMs: undefined, batches: undefined, paddedTokens: undefined } as const;
/** Errors that may mean that nothing works there any more. */
const doubtful: readonly ErrorCode[] = [
  "REMOTE_FAILED",
  "REMOTE_REFUSED",
  "TARGET_ANSWER_INVALID",
  "NOT_READY",
];
const defaultSlots = 8;
const defaultTimeoutMs = 60_000;
/** A trial has no more than this, unless others are answered meanwhile. */
const longestTrialMs = 15_000;
/** A deadline that passes sooner says nothing of the server. */
const longSilenceMs = 5_000;

/** Rejects where the server gives no vector; nothing is left open then. */
export async function openRemoteModel(
  options: RemoteModelOptions,
  signal: AbortSignal,
): Promise<RemoteModel> {
  const { name, model = name, slots = defaultSlots, timeoutMs = defaultTimeoutMs } = options;
  const onEvent = options.onEvent ?? ((): void => {});
  const url = toShownUrl(options.url);
  const connection = await openRemoteConnection(new URL(options.url).origin, { slots, key: options.key });
  const toHeaders = ({ passedServers = [] }: JobOrigin, retries: number): Record<string, string> => ({
    [passedServersHeader]: encodePassedServers([...passedServers, options.serverId]),
    // As the clients that OpenAI generates count them: another Weir keeps a place for who comes again.
    ...(retries === 0 ? {} : { "x-stainless-retry-count": String(retries) }),
  });
  const asking = { name, model, timeoutMs, headers: toHeaders({}, 0) };
  const { route, dimensions } = await openRemoteRoute(
    connection,
    {
      ...asking,
      routes: listRemoteRoutes(options.url, options.dialect),
      patienceMs: options.patienceMs ?? 0,
      onWait: (cause, retryInMs) => onEvent({ kind: "remote-lost", url, cause, retryInMs }),
    },
    signal,
  ).catch(async (error: unknown) => {
    await connection[Symbol.asyncDispose]();
    throw error;
  });
  const dialect = embeddingDialects[route.dialect];
  const watch = new RemoteWatch({
    url,
    circuit: options.circuit ?? {},
    onEvent,
    onChange: options.onSlotsChange ?? ((): void => {}),
    async attempt(trialSignal) {
      const trial = { ...asking, timeoutMs: Math.min(timeoutMs, longestTrialMs) };
      const outcome = await tryRoute(connection, route, trial, trialSignal);
      // A server that is full is there.
      if (outcome.kind === "refused" && !outcome.full) throw outcome.error;
    },
  });
  // Of the model that is there it knows the dimensions alone.
  const info: BackendInfo = {
    dimensions,
    device: "remote",
    precision: "unknown",
    reference: false,
    maxTokens: undefined,
    pooling: undefined,
    weightBytes: undefined,
  };

  /** Posts a body and judges what comes. Rejects with what that means to the client. */
  async function ask<T>(
    body: Uint8Array,
    jobSignal: AbortSignal,
    origin: JobOrigin = {},
    read: (answer: RemoteAnswer) => T,
  ): Promise<T & { readonly computeMs: number }> {
    const startedMs = performance.now();
    const answer = await askUntilRoom(body, jobSignal, origin);
    const computeMs = performance.now() - startedMs;
    try {
      // What it says of our key is the operator's to read, in the log of the trial that follows.
      if (answer.status === 401 || answer.status === 403) throw createKeyError(name, answer.status);
      if (answer.status !== 200) throw toRemoteError(name, answer, route.dialect);
      return { ...read(answer), computeMs };
    } catch (error) {
      const known = toKnownError(name, error);
      if (doubtful.includes(known.code)) watch.noteDoubt();
      throw known.code === "TARGET_ANSWER_INVALID"
        ? new WeirError(known.code, `the server behind model ${name}: ${known.message}`, { cause: known })
        : known;
    }
  }

  /** While the server has no room, the job waits here as long as it says: it has its turn, and the others theirs behind it. */
  async function askUntilRoom(
    body: Uint8Array,
    jobSignal: AbortSignal,
    origin: JobOrigin,
  ): Promise<RemoteAnswer> {
    for (let tries = 1; ; tries += 1) {
      const headers = toHeaders(origin, tries - 1 + (origin.isRetry === true ? 1 : 0));
      const answer = await askOnce(body, jobSignal, headers);
      const pauseMs = choosePause(answer, { tries, leftMs: origin.leftMs?.() ?? 0 });
      if (pauseMs === undefined) return answer;
      await delay(pauseMs, undefined, { signal: jobSignal }).catch(() => {
        throw toReason(jobSignal);
      });
    }
  }

  async function askOnce(
    body: Uint8Array,
    jobSignal: AbortSignal,
    headers: Readonly<Record<string, string>>,
  ): Promise<RemoteAnswer> {
    const { state } = watch;
    if (state.kind !== "ready") throw toDownError(name, state);
    const startedMs = performance.now();
    try {
      const answer = await connection.post(route.path, body, { timeoutMs, signal: jobSignal, headers });
      watch.noteAnswer(answer.status === 200);
      return answer;
    } catch (error) {
      noteFailure(error, startedMs);
      const now = watch.state;
      throw toKnownError(name, error, now.kind === "unreachable" ? now.retryAfterMs : undefined);
    }
  }

  function noteFailure(error: unknown, startedMs: number): void {
    if (error instanceof RemoteSilence && error.kind === "unreachable") return watch.noteLoss(error.why);
    const isDeadline = error instanceof WeirError && error.code === "DEADLINE_EXCEEDED";
    const silent = !watch.answeredSince(startedMs) && performance.now() - startedMs >= longSilenceMs;
    if (error instanceof RemoteSilence || (isDeadline && silent)) watch.noteDoubt();
  }

  return {
    name,
    url,
    dialect: route.dialect,
    remoteModel: model,
    info,
    replicas: [],
    get state() {
      return watch.state;
    },
    get slots() {
      return watch.state.kind === "ready" ? slots : 0;
    },
    async embed(request, jobSignal, _lender, origin) {
      const { inputs } = request;
      if (inputs.kind === "sequences") throw toWrongKindError(name, "embed", "rank");
      const { pooling } = request;
      if (pooling === "none" || request.tokenWork !== undefined) {
        const message = `another server computes model ${name}: its tokens cannot be had here`;
        throw new WeirError("INVALID_REQUEST", message);
      }
      const asked = { ...request, inputs, pooling, model };
      const body = dialect.encodeRequest(asked, route.encoding);
      const { inputTokens, ...done } = await ask(body, jobSignal, origin, (answer) =>
        readRemoteAnswer(asked, answer, route.dialect),
      );
      // The answer's field takes a number; where the server does not count, that is none.
      return {
        model: name,
        ...done,
        ...ownWork,
        rowTokens: undefined,
        truncatedRows: undefined,
        inputTokens: inputTokens ?? 0,
      } satisfies TimedEmbeddingResult;
    },
    passing: {
      dialect: route.dialect,
      async pass({ body, model: written }, jobSignal, origin): Promise<PassedAnswer> {
        const named = route.dialect === "openai" || route.dialect === "ollama";
        const sent = named && written !== model ? replaceField(body, "model", model) : body;
        return {
          kind: "passed",
          ...ownWork,
          ...(await ask(sent, jobSignal, origin, (answer) => ({
            ...inspectPassedAnswer(answer),
            body: answer.body,
          }))),
        };
      },
    },
    async [Symbol.asyncDispose]() {
      await watch[Symbol.asyncDispose]();
      await connection[Symbol.asyncDispose]();
    },
  };
}
