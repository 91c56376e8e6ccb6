import type { ResponseHead } from "../http/response-head.ts";
import { ServerTimeReader } from "../http/server-time.ts";
import type { StreamedBody } from "../http/streamed-body.ts";
import { AnswerObservation } from "../streams/answer-observation.ts";
import type { AnswerJudgement, ReceivedAnswer, WorkloadSession } from "../workload.ts";
import type { PreparedRequest } from "./prepared-request.ts";

/** Where the next request is taken from; sessions that have one in common share its order. */
export interface CyclePlace {
  next: number;
}

interface CycleAnswers {
  /** Given, results tell the requests apart, and good answers are kept and handed to it. */
  readonly onAnswer?: (body: Uint8Array) => void;
}

/** Sends prepared requests one after the other, round and round, and judges answers by their status. */
export class RequestCycle implements WorkloadSession {
  readonly #requests: readonly PreparedRequest[];
  readonly #expected: Uint8Array;
  readonly #expectedText: string;
  readonly #serverTime = new ServerTimeReader();
  readonly #observed = new AnswerObservation();
  // The judgements of good answers, made once.
  readonly #good: AnswerJudgement = { kind: "good", units: 1, truncated: undefined };
  readonly #goodTimed: AnswerJudgement = {
    kind: "good",
    units: 1,
    truncated: undefined,
    observed: this.#observed,
  };
  readonly #place: CyclePlace;
  readonly #onAnswer: ((body: Uint8Array) => void) | undefined;
  #last = 0;
  #body: StreamedBody | undefined;

  constructor(
    requests: readonly PreparedRequest[],
    place: CyclePlace,
    expected: { readonly table: Uint8Array; readonly text: string },
    { onAnswer }: CycleAnswers = {},
  ) {
    this.#requests = requests;
    this.#place = place;
    this.#onAnswer = onAnswer;
    this.#expected = expected.table;
    this.#expectedText = expected.text;
  }

  nextRequest(): Uint8Array {
    const place = this.#place;
    this.#last = place.next;
    place.next = place.next + 1 === this.#requests.length ? 0 : place.next + 1;
    const request = this.#requests[this.#last]!;
    this.#body = request.body;
    return request.bytes;
  }

  /** Which of the requests was the last, where results tell them apart. */
  get part(): number {
    return this.#onAnswer === undefined ? 0 : this.#last;
  }

  nextBody(): StreamedBody | undefined {
    return this.#body;
  }

  readHead(head: ResponseHead): boolean {
    this.#serverTime.read(head, this.#observed);
    return this.#onAnswer !== undefined;
  }

  judge(answer: ReceivedAnswer): AnswerJudgement {
    if (this.#expected[answer.status] !== 1)
      return {
        kind: "bad",
        failure: `http-${answer.status}`,
        message: `status ${answer.status}, expected ${this.#expectedText}`,
      };
    this.#onAnswer?.(answer.body);
    return this.#observed.isTimed ? this.#goodTimed : this.#good;
  }
}
