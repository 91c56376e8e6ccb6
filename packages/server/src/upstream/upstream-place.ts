import { toWeirError, WeirError } from "@weir/protocol";
import { RemoteSilence, type RemoteAnswer } from "../remote/remote-connection.ts";
import { RemoteWatch, type RemoteWatchOptions } from "../remote/remote-watch.ts";
import { toShownUrl } from "../remote/remote-target.ts";
import { createKeyError, isFull, toRemoteError } from "../remote/to-remote-error.ts";
import { AnswerGarbage } from "./answer-garbage.ts";
import type { AnswerHead } from "./answer-reader.ts";
import type { AnswerReading, ReadAnswer } from "./answer-reading.ts";
import { BodyParts } from "./ask-whole.ts";
import type { PlaceLoad } from "./choose-place.ts";
import type { UpstreamConnection, UpstreamRequest, UpstreamTimeouts } from "./upstream-connection.ts";

/** How an attempt at a server ended that gave no answer. */
interface FailedAttempt {
  readonly error: WeirError;
  /** What else may be tried: nothing, another server, or the same one too. */
  readonly retry: "none" | "other" | "same";
}

export type Attempt<Result> =
  | { readonly kind: "done"; readonly result: Result }
  | ({ readonly kind: "failed" } & FailedAttempt);

export interface PlaceOptions extends Pick<
  RemoteWatchOptions,
  "circuit" | "onEvent" | "onChange" | "attempt"
> {
  readonly name: string;
  readonly url: string;
  readonly key: string | undefined;
  readonly slots: number;
  readonly timeouts: UpstreamTimeouts;
  readonly connection: UpstreamConnection;
}

/** Statuses that another server may not answer with. */
const ofThisServer: readonly number[] = [429, 500, 502, 503, 504, 529];
/** How long a server may say nothing before it is asked whether it is there. */
const checkEveryMs = 10_000;

/** One server of a model's: what is under way there, and whether it takes more. */
export class UpstreamPlace implements PlaceLoad, AsyncDisposable {
  readonly id: string;
  readonly slots: number;
  readonly watch: RemoteWatch;
  readonly #options: PlaceOptions;
  readonly #checks: NodeJS.Timeout;
  #jobs = 0;

  constructor(options: PlaceOptions) {
    this.#options = options;
    this.id = toShownUrl(options.url);
    this.slots = options.slots;
    this.watch = new RemoteWatch({ ...options, url: this.id });
    this.#checks = setInterval(() => this.#check(), checkEveryMs).unref();
  }

  get jobs(): number {
    return this.#jobs;
  }

  get takesJobs(): boolean {
    return this.watch.state.kind === "ready";
  }

  /** Rejects with the signal's reason only. */
  async ask<Result>(
    request: UpstreamRequest,
    read: ReadAnswer<Result>,
    signal: AbortSignal,
  ): Promise<Attempt<Result>> {
    const { name, connection, timeouts } = this.#options;
    let reading: AnswerReading<Result> | undefined;
    let refusal: { readonly head: AnswerHead; readonly body: BodyParts } | undefined;
    let silence: unknown;
    const startedMs = performance.now();
    this.#jobs += 1;
    try {
      await connection.exchange(
        request,
        {
          onHead(head) {
            if (head.status === 200) reading = read(head);
            else refusal = { head, body: new BodyParts() };
          },
          onBody(bytes, framed) {
            if (reading === undefined) refusal!.body.push(bytes);
            else reading.onBody(bytes, framed);
          },
        },
        timeouts,
        signal,
      );
    } catch (error) {
      if (signal.aborted) {
        this.#noteEnded(error, startedMs);
        throw error;
      }
      silence = error;
    } finally {
      this.#jobs -= 1;
    }
    try {
      if (refusal !== undefined && silence === undefined) {
        this.watch.noteAnswer(false);
        return this.#judge({ ...refusal.head, body: refusal.body.join() });
      }
      const result = isReadable(silence) ? reading?.finish(silence === undefined) : undefined;
      if (result !== undefined) {
        this.watch.noteAnswer(true);
        return { kind: "done", result };
      }
      throw silence ?? new RemoteSilence("broken-off", "ended its answer before it was whole", undefined);
    } catch (error) {
      const known = withoutKey(toPlainError(name, error), this.#options.key);
      this.#noteFailure(error, known);
      return { kind: "failed", error: known, retry: reading?.begun === true ? "none" : toRetry(error) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#checks);
    await this.watch[Symbol.asyncDispose]();
    await this.#options.connection[Symbol.asyncDispose]();
  }

  #judge(answer: RemoteAnswer): Attempt<never> {
    const { name, key } = this.#options;
    const { status } = answer;
    if (status === 401 || status === 403) {
      this.watch.noteDoubt();
      return { kind: "failed", error: createKeyError(name, status), retry: "other" };
    }
    const error = withoutKey(toRemoteError(name, answer, "openai"), key);
    if (status >= 500 && !isFull(answer)) this.watch.noteDoubt();
    return { kind: "failed", error, retry: ofThisServer.includes(status) ? "other" : "none" };
  }

  #check(): void {
    if (!this.watch.answeredSince(performance.now() - checkEveryMs)) this.watch.noteDoubt();
  }

  #noteFailure(error: unknown, { code }: WeirError): void {
    if (error instanceof RemoteSilence && error.kind === "unreachable") this.watch.noteLoss(error.why);
    else if (code === "REMOTE_FAILED" || code === "TARGET_ANSWER_INVALID") this.watch.noteDoubt();
  }

  /** The client's end says nothing of the server, unless it is a deadline that passed in silence. */
  #noteEnded(error: unknown, startedMs: number): void {
    const isDeadline = error instanceof WeirError && error.code === "DEADLINE_EXCEEDED";
    if (isDeadline && !this.watch.answeredSince(startedMs)) this.watch.noteDoubt();
  }
}

/** After garbage nothing that came is an answer. */
function isReadable(silence: unknown): boolean {
  return silence === undefined || silence instanceof RemoteSilence;
}

function toRetry(error: unknown): FailedAttempt["retry"] {
  if (error instanceof RemoteSilence) return error.kind === "late" ? "other" : "same";
  return error instanceof AnswerGarbage ? "other" : "none";
}

function toPlainError(name: string, error: unknown): WeirError {
  const about = `the server behind model ${name}`;
  if (error instanceof RemoteSilence)
    return new WeirError("REMOTE_FAILED", `${about} ${error.why}`, { cause: error });
  if (error instanceof AnswerGarbage) {
    return new WeirError("TARGET_ANSWER_INVALID", `${about} ${error.message}`, { cause: error });
  }
  const known = toWeirError(error);
  return known.code === "TARGET_ANSWER_INVALID"
    ? new WeirError(known.code, `${about}: ${known.message}`, { cause: known })
    : known;
}

/** Some servers repeat what they were sent. */
function withoutKey(error: WeirError, key: string | undefined): WeirError {
  if (key === undefined || !error.message.includes(key)) return error;
  return new WeirError(error.code, error.message.replaceAll(key, "[key]"), {
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}
