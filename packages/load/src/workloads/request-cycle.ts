import type { ResponseHead } from "../http/response-head.ts";
import { ServerTimeReader } from "../http/server-time.ts";
import type { StreamedBody } from "../http/streamed-body.ts";
import { AnswerObservation } from "../streams/answer-observation.ts";
import type { AnswerJudgement, ReceivedAnswer, WorkloadSession } from "../workload.ts";
import type { PreparedRequest } from "./prepared-request.ts";

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
  #next: number;
  #body: StreamedBody | undefined;

  constructor(
    requests: readonly PreparedRequest[],
    first: number,
    expected: { readonly table: Uint8Array; readonly text: string },
  ) {
    this.#requests = requests;
    this.#next = first;
    this.#expected = expected.table;
    this.#expectedText = expected.text;
  }

  nextRequest(): Uint8Array {
    const request = this.#requests[this.#next]!;
    this.#next = this.#next + 1 === this.#requests.length ? 0 : this.#next + 1;
    this.#body = request.body;
    return request.bytes;
  }

  nextBody(): StreamedBody | undefined {
    return this.#body;
  }

  readHead(head: ResponseHead): boolean {
    this.#serverTime.read(head, this.#observed);
    return false;
  }

  judge(answer: ReceivedAnswer): AnswerJudgement {
    if (this.#expected[answer.status] !== 1)
      return {
        kind: "bad",
        failure: `http-${answer.status}`,
        message: `status ${answer.status}, expected ${this.#expectedText}`,
      };
    return this.#observed.isTimed ? this.#goodTimed : this.#good;
  }
}
