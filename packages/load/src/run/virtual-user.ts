import type { RandomSource } from "@weir/stats";
import type { Connection, ConnectionListener, ConnectionOptions } from "../http/connection.ts";
import type { HttpTarget } from "../http/http-target.ts";
import { leastRestMs } from "../http/idle-limit.ts";
import { openConnection } from "../http/open-connection.ts";
import type { ResponseHead } from "../http/response-head.ts";
import type { StreamedBody } from "../http/streamed-body.ts";
import { isConnectFailure, type TransportFailure } from "../http/transport-failure.ts";
import { RequestClocks, type RequestOutcome } from "../recording/request-clocks.ts";
import type { AnswerJudgement, ReceivedAnswer, WorkloadSession } from "../workload.ts";
import { AnswerBody, longestAnswerBytes } from "./answer-body.ts";
import { LastGood } from "./last-good.ts";
import { LossBackoff } from "./loss-backoff.ts";
import { isRetryable, noAdvice, readRetryAdvice, retryWaitMs, type RetryAdvice } from "./retry-policy.ts";
import type { LossKind, TurnOwner, UserHost } from "./user-host.ts";

export interface VirtualUserParts {
  readonly target: HttpTarget;
  readonly connection: ConnectionOptions;
  readonly session: WorkloadSession;
  readonly host: UserHost;
  readonly owner: TurnOwner | undefined;
  /** Names the user in samples. */
  readonly number: number;
  /** How often a request that failed is sent again. */
  readonly retries: number;
  /** Makes the waits between attempts differ. Asked only when something has failed. */
  readonly random: RandomSource;
}

type FailedOutcome = Extract<RequestOutcome, { kind: "failed" }>;

const cutOff: RequestOutcome = { kind: "cut-off" };

/** Sends, waits for the answer, sends again: one user on one keep-alive connection that it renews when it must. */
export class VirtualUser implements ConnectionListener, ReceivedAnswer {
  readonly #parts: VirtualUserParts;
  readonly #session: WorkloadSession;
  readonly #host: UserHost;
  readonly #clocks: RequestClocks;
  readonly #body = new AnswerBody();
  #connection: Connection | undefined;
  #waitTimer: NodeJS.Timeout | undefined;
  readonly #backoff = new LossBackoff();
  // A first attempt counts as pending until it ends, later ones until the last of them has.
  #pending: "no" | "first-attempt" | "later-attempt" = "no";
  #retired = false;
  #stopped = false;
  #turnDueMs = 0;
  // What is sent again where a request fails: a session makes it once.
  #request: Uint8Array | undefined;
  #requestBody: StreamedBody | undefined;
  // Whether this attempt was put on a second connection because the first was closed as idle just then.
  #resent = false;
  #advice: RetryAdvice = noAdvice;
  readonly #lastGood = new LastGood();
  status = 0;

  constructor(parts: VirtualUserParts) {
    this.#parts = parts;
    this.#session = parts.session;
    this.#host = parts.host;
    this.#clocks = new RequestClocks(parts.number);
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** When the request was sent that is in flight; Infinity where none is. */
  get pendingSinceMs(): number {
    const { sentMs, endMs } = this.#clocks;
    return this.#pending !== "no" && Number.isNaN(endMs) && sentMs > 0 ? sentMs : Infinity;
  }

  get bodyBytes(): number {
    return this.#body.totalBytes;
  }

  get body(): Uint8Array {
    return this.#body.kept;
  }

  /** Begins a turn that is due at this time, if the run admits it; otherwise this user is done. */
  begin(dueMs: number): boolean {
    if (this.#stopped || !this.#host.admit(dueMs)) {
      this.stop(dueMs);
      this.#host.onUserDone();
      return false;
    }
    this.start(dueMs);
    return true;
  }

  /** Begins a turn that was admitted already. */
  start(dueMs: number): void {
    this.#turnDueMs = dueMs;
    this.#clocks.turn += 1;
    this.#startRequest(dueMs);
  }

  /** Lets this user go: at once between two turns, else when its turn is over. */
  retire(atMs: number): void {
    if (this.#stopped) return;
    this.#retired = true;
    if (this.#pending !== "no") return;
    this.stop(atMs);
    this.#host.onUserDone();
  }

  /** Ends this user at once. A request in flight is reported as cut off. */
  stop(atMs: number): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#waitTimer);
    this.#connection?.close();
    const pending = this.#pending;
    this.#pending = "no";
    if (pending === "no") return;
    this.#clocks.endMs = atMs;
    const { observed } = this.#session;
    const outcome = observed === undefined ? cutOff : { ...cutOff, observed };
    if (pending === "first-attempt") this.#host.onRequestEnd(this.#clocks, outcome, undefined);
    else this.#host.onRetryEnd(this.#clocks, cutOff, "cut-off");
  }

  onOpen(): void {
    this.#host.onConnected();
    this.#send();
  }

  onHead(head: ResponseHead, atMs: number): void {
    this.#clocks.headersMs = atMs;
    this.status = head.status;
    if (this.#parts.retries > 0)
      this.#advice = head.status < 400 ? noAdvice : readRetryAdvice(head, Date.now());
    this.#body.begin(this.#session.readHead(head) ? "all" : head.status < 300 ? "nothing" : "start");
  }

  onBody(bytes: Uint8Array, start: number, end: number, atMs: number): void {
    if (Number.isNaN(this.#clocks.firstByteMs)) this.#clocks.firstByteMs = atMs;
    this.#session.onBody?.(bytes, start, end, atMs);
    if (!this.#body.append(bytes, start, end)) this.#refuseAnswer(atMs);
  }

  onEnd(atMs: number): void {
    this.#backoff.reset();
    this.#noteAnswer(atMs);
    const judgement = this.#judge();
    if (judgement === undefined) return;
    if (judgement.kind === "good") {
      this.#succeed(judgement, atMs);
      return;
    }
    const { failure, message } = judgement;
    const outcome: FailedOutcome = { kind: "failed", failure, message, body: this.#body.startText() };
    this.#fail(outcome, "bad-answer", isRetryable(this.status, this.#advice), atMs, 0);
  }

  onFailure(failure: TransportFailure, atMs: number): void {
    if ((failure.restedMs ?? 0) >= leastRestMs && !this.#resent) {
      this.#resent = true;
      this.#host.onLostWhileIdle();
      this.#connect();
      return;
    }
    const { kind, message } = failure;
    const answered = !Number.isNaN(this.#clocks.headersMs);
    if (answered) this.#noteAnswer(atMs);
    else this.#clocks.endMs = atMs;
    this.#advice = noAdvice;
    const outcome: FailedOutcome = {
      kind: "failed",
      failure: kind,
      message,
      body: answered ? this.#body.startText() : "",
    };
    const loss = isConnectFailure(kind) ? "no-connection" : "no-answer";
    this.#fail(outcome, loss, true, performance.now(), this.#backoff.nextWaitMs(kind));
  }

  #refuseAnswer(atMs: number): void {
    this.#connection?.close();
    const message = `the answer is longer than ${longestAnswerBytes / 1024 / 1024} MiB`;
    this.onFailure({ kind: "answer-too-large", message }, atMs);
  }

  #noteAnswer(atMs: number): void {
    const clocks = this.#clocks;
    clocks.endMs = atMs;
    clocks.status = this.status;
    clocks.bodyBytes = this.#body.totalBytes;
  }

  #judge(): AnswerJudgement | undefined {
    try {
      return this.#session.judge(this);
    } catch (error) {
      this.#host.onDefect(error);
      return undefined;
    }
  }

  #startRequest(dueMs: number): void {
    this.#pending = "first-attempt";
    this.#request = undefined;
    this.#resent = false;
    this.#clocks.begin(dueMs);
    this.#connect();
  }

  #connect(): void {
    if (this.#connection?.isIdle === true) {
      this.#send();
      return;
    }
    // One that rested too long may still be open.
    this.#connection?.close();
    this.#connection = openConnection(this.#parts.target, this.#parts.connection, this);
  }

  #send(): void {
    const request = this.#request ?? this.#prepare();
    if (request === undefined) return;
    this.#clocks.sentMs = this.#connection!.send(request, this.#requestBody);
    if (!this.#resent) this.#host.onSent(this.#clocks);
  }

  #prepare(): Uint8Array | undefined {
    try {
      this.#request = this.#session.nextRequest();
      this.#requestBody = this.#session.nextBody?.();
      this.#clocks.describe(this.#session.part, this.#request.length + (this.#requestBody?.bytes ?? 0));
    } catch (error) {
      this.#host.onDefect(error);
    }
    return this.#request;
  }

  #abandonTurn(): boolean {
    try {
      this.#session.abandon?.();
      return true;
    } catch (error) {
      this.#host.onDefect(error);
      return false;
    }
  }

  #succeed(judgement: Extract<AnswerJudgement, { kind: "good" }>, atMs: number): void {
    const outcome = this.#lastGood.outcomeOf(judgement);
    const first = this.#pending === "first-attempt";
    this.#pending = "no";
    if (first) this.#host.onRequestEnd(this.#clocks, outcome, undefined);
    else this.#host.onRetryEnd(this.#clocks, outcome, "recovered");
    const { continues } = this.#session;
    if (continues === true && !this.#stopped && this.#host.admitNextOfTurn(atMs)) {
      this.#startRequest(atMs);
      return;
    }
    if (continues === false) this.#host.onTurnEnd(this.#turnDueMs, atMs, true);
    this.#next(atMs, 0);
  }

  // A first attempt that fails has failed, whatever becomes of the request later.
  #fail(outcome: FailedOutcome, loss: LossKind, retryable: boolean, atMs: number, waitMs: number): void {
    const clocks = this.#clocks;
    const again = retryable && clocks.attempt < this.#parts.retries;
    const first = this.#pending === "first-attempt";
    this.#pending = again ? "later-attempt" : "no";
    if (first) this.#host.onRequestEnd(clocks, outcome, loss);
    else this.#host.onRetryEnd(clocks, outcome, again ? "again" : "given-up");
    // The host may have ended the run with this.
    if (this.#stopped) return;
    if (again) {
      const retryInMs = retryWaitMs(clocks.attempt, this.#advice, this.#parts.random());
      this.#waitTimer = setTimeout(() => this.#sendAgain(), retryInMs);
      return;
    }
    if (!this.#abandonTurn()) return;
    if (this.#session.continues !== undefined) this.#host.onTurnEnd(this.#turnDueMs, clocks.endMs, false);
    this.#next(atMs, waitMs);
  }

  #sendAgain(): void {
    this.#clocks.attempt += 1;
    this.#clocks.beginAttempt();
    this.#resent = false;
    this.#connect();
  }

  #next(atMs: number, waitMs: number): void {
    const { owner } = this.#parts;
    if (this.#stopped) return;
    if (this.#retired) this.retire(atMs);
    else if (owner !== undefined) owner.onTurnEnd(this, this.#turnDueMs, atMs, waitMs);
    else if (waitMs === 0) this.begin(atMs);
    else this.#waitTimer = setTimeout(() => this.begin(performance.now()), waitMs);
  }
}
