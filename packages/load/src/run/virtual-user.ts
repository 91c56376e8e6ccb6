import type { Connection, ConnectionListener, ConnectionOptions } from "../http/connection.ts";
import type { HttpTarget } from "../http/http-target.ts";
import { openConnection } from "../http/open-connection.ts";
import type { ResponseHead } from "../http/response-head.ts";
import { isConnectFailure, type TransportFailure } from "../http/transport-failure.ts";
import { RequestClocks, type RequestOutcome } from "../recording/request-clocks.ts";
import type { AnswerJudgement, ReceivedAnswer, WorkloadSession } from "../workload.ts";
import { AnswerBody } from "./answer-body.ts";

/** How a failed request was lost; a `bad-answer` was whole but no good. */
export type LossKind = "no-connection" | "no-answer" | "bad-answer";

/** The run, as a user sees it. */
export interface UserHost {
  /** Whether a request due now may be sent. A user that is told no is done. */
  admit(dueMs: number): boolean;
  onSent(sentMs: number): void;
  /** A request ended. `clocks` is used again for the next. */
  onRequestEnd(clocks: RequestClocks, outcome: RequestOutcome, loss: LossKind | undefined): void;
  onUserDone(): void;
  /** The workload threw: the run cannot go on. */
  onDefect(error: unknown): void;
}

/** Decides when a user sends again. Without one it does so as soon as it is answered. */
export interface TurnOwner {
  /**
   * A request is over and the user is free.
   * @param waitMs how long to wait so as not to hammer a server that gives no connection
   */
  onTurnEnd(user: VirtualUser, dueMs: number, endMs: number, waitMs: number): void;
}

const firstBackoffMs = 50;
const longestBackoffMs = 1000;
const cutOff: RequestOutcome = { kind: "cut-off" };

/** Sends, waits for the answer, sends again: one user on one keep-alive connection that it renews when it must. */
export class VirtualUser implements ConnectionListener, ReceivedAnswer {
  readonly #target: HttpTarget;
  readonly #connectionOptions: ConnectionOptions;
  readonly #session: WorkloadSession;
  readonly #host: UserHost;
  readonly #owner: TurnOwner | undefined;
  readonly #clocks = new RequestClocks();
  readonly #body = new AnswerBody();
  #connection: Connection | undefined;
  #backoffTimer: NodeJS.Timeout | undefined;
  #lossesInARow = 0;
  #pending = false;
  #retired = false;
  #stopped = false;
  // Outcomes of good answers are few and come again and again: the last one is kept.
  #lastGood: Extract<RequestOutcome, { kind: "completed" }> = {
    kind: "completed",
    units: 0,
    truncated: undefined,
  };

  status = 0;

  constructor(
    target: HttpTarget,
    options: ConnectionOptions,
    session: WorkloadSession,
    host: UserHost,
    owner?: TurnOwner,
  ) {
    this.#target = target;
    this.#connectionOptions = options;
    this.#session = session;
    this.#host = host;
    this.#owner = owner;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  get bodyBytes(): number {
    return this.#body.totalBytes;
  }

  get body(): Uint8Array {
    return this.#body.kept;
  }

  /** Begins a request that is due at this time, if the run admits it; otherwise this user is done. */
  begin(dueMs: number): boolean {
    if (this.#stopped || !this.#host.admit(dueMs)) {
      this.stop(dueMs);
      this.#host.onUserDone();
      return false;
    }
    this.start(dueMs);
    return true;
  }

  /** Begins a request that was admitted already. */
  start(dueMs: number): void {
    this.#pending = true;
    this.#clocks.begin(dueMs);
    if (this.#connection?.isIdle === true) this.#send();
    else this.#connection = openConnection(this.#target, this.#connectionOptions, this);
  }

  /** Lets this user go: at once when nothing is in flight, else when it is answered. */
  retire(atMs: number): void {
    if (this.#stopped) return;
    this.#retired = true;
    if (this.#pending) return;
    this.stop(atMs);
    this.#host.onUserDone();
  }

  /** Ends this user at once. A request in flight is reported as cut off. */
  stop(atMs: number): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#backoffTimer);
    this.#connection?.close();
    if (!this.#pending) return;
    this.#pending = false;
    this.#clocks.endMs = atMs;
    this.#host.onRequestEnd(this.#clocks, cutOff, undefined);
  }

  onOpen(): void {
    this.#send();
  }

  onHead(head: ResponseHead, atMs: number): void {
    this.#clocks.headersMs = atMs;
    this.status = head.status;
    const whole = this.#session.readHead(head);
    this.#body.begin(whole ? "all" : head.status < 300 ? "nothing" : "start");
  }

  onBody(bytes: Uint8Array, start: number, end: number, atMs: number): void {
    if (Number.isNaN(this.#clocks.firstByteMs)) this.#clocks.firstByteMs = atMs;
    this.#session.onBody?.(bytes, start, end, atMs);
    this.#body.append(bytes, start, end);
  }

  onEnd(atMs: number): void {
    this.#lossesInARow = 0;
    this.#clocks.endMs = atMs;
    const judgement = this.#judge();
    if (judgement === undefined) return;
    if (judgement.kind === "good") {
      if (
        judgement.units !== this.#lastGood.units ||
        judgement.truncated !== this.#lastGood.truncated ||
        judgement.observed !== this.#lastGood.observed
      )
        this.#lastGood = { ...judgement, kind: "completed" };
      this.#finish(this.#lastGood, undefined);
    } else {
      const { failure, message } = judgement;
      this.#finish({ kind: "failed", failure, message, body: this.#body.startText() }, "bad-answer");
    }
    this.#next(atMs, 0);
  }

  onFailure(failure: TransportFailure, atMs: number): void {
    this.#clocks.endMs = atMs;
    const connecting = isConnectFailure(failure.kind);
    const { kind, message } = failure;
    const body = Number.isNaN(this.#clocks.headersMs) ? "" : this.#body.startText();
    this.#finish(
      { kind: "failed", failure: kind, message, body },
      connecting ? "no-connection" : "no-answer",
    );
    // A lost answer is retried at once the first time; connections that fail again and again are not hammered.
    this.#lossesInARow += 1;
    const step = connecting ? this.#lossesInARow : this.#lossesInARow - 1;
    const waitMs =
      kind === "timeout" || step === 0 ? 0 : Math.min(longestBackoffMs, firstBackoffMs * 2 ** (step - 1));
    this.#next(performance.now(), waitMs);
  }

  #judge(): AnswerJudgement | undefined {
    try {
      return this.#session.judge(this);
    } catch (error) {
      this.#host.onDefect(error);
      return undefined;
    }
  }

  #send(): void {
    this.#clocks.sentMs = this.#connection!.send(this.#session.nextRequest(), this.#session.nextBody?.());
    this.#host.onSent(this.#clocks.sentMs);
  }

  #finish(outcome: RequestOutcome, loss: LossKind | undefined): void {
    this.#pending = false;
    this.#host.onRequestEnd(this.#clocks, outcome, loss);
  }

  #next(atMs: number, waitMs: number): void {
    if (this.#stopped) return;
    if (this.#retired) this.retire(atMs);
    else if (this.#owner !== undefined) this.#owner.onTurnEnd(this, this.#clocks.dueMs, atMs, waitMs);
    else if (waitMs === 0) this.begin(atMs);
    else this.#backoffTimer = setTimeout(() => this.begin(performance.now()), waitMs);
  }
}
