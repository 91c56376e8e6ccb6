import type { ResponseHead } from "../http/response-head.ts";
import type { StreamedBody } from "../http/streamed-body.ts";
import type { AnswerObservation } from "../streams/answer-observation.ts";
import type { AnswerJudgement, ReceivedAnswer, WorkloadSession } from "../workload.ts";
import type { WeightedOrder } from "./weighted-order.ts";

export interface MixedSessionParts {
  /** Shared by all sessions: the mix is of their turns together. */
  readonly order: WeightedOrder;
  /** For each part: where its own parts begin in the list of all. */
  readonly firstParts: readonly number[];
  /** Whether the parts count different units, so that only requests can be added up. */
  readonly countsRequests: boolean;
  createSession(part: number): WorkloadSession;
}

type GoodAnswer = Extract<AnswerJudgement, { kind: "good" }>;

/** One user who does now this, now that: a session of each part, and a part for each turn. */
export class MixedSession implements WorkloadSession {
  readonly #parts: MixedSessionParts;
  readonly #sessions: (WorkloadSession | undefined)[] = [];
  #place = 0;
  #current: WorkloadSession | undefined;
  #continues = false;
  // Good answers come again and again: the last one is kept.
  #lastGood: GoodAnswer = { kind: "good", units: 1, truncated: undefined };

  constructor(parts: MixedSessionParts) {
    this.#parts = parts;
  }

  get continues(): boolean {
    return this.#continues;
  }

  get part(): number {
    return this.#parts.firstParts[this.#place]! + (this.#current?.part ?? 0);
  }

  get observed(): AnswerObservation | undefined {
    return this.#current?.observed;
  }

  nextRequest(): Uint8Array {
    if (!this.#continues) this.#choose();
    // Only a good answer says that there is more to come.
    this.#continues = false;
    return this.#current!.nextRequest();
  }

  nextBody(): StreamedBody | undefined {
    return this.#current!.nextBody?.();
  }

  readHead(head: ResponseHead): boolean {
    return this.#current!.readHead(head);
  }

  onBody(bytes: Uint8Array, start: number, end: number, atMs: number): void {
    this.#current!.onBody?.(bytes, start, end, atMs);
  }

  judge(answer: ReceivedAnswer): AnswerJudgement {
    const judgement = this.#current!.judge(answer);
    if (judgement.kind === "bad") return judgement;
    this.#continues = this.#current!.continues ?? false;
    if (!this.#parts.countsRequests) return judgement;
    if (this.#lastGood.observed !== judgement.observed)
      this.#lastGood = { kind: "good", units: 1, truncated: undefined, observed: judgement.observed };
    return this.#lastGood;
  }

  abandon(): void {
    this.#continues = false;
    this.#current?.abandon?.();
  }

  #choose(): void {
    this.#place = this.#parts.order.next();
    this.#current = this.#sessions[this.#place] ??= this.#parts.createSession(this.#place);
  }
}
