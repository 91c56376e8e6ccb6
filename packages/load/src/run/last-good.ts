import type { RequestOutcome } from "../recording/request-clocks.ts";
import type { AnswerJudgement } from "../workload.ts";

type GoodJudgement = Extract<AnswerJudgement, { kind: "good" }>;
type GoodOutcome = Extract<RequestOutcome, { kind: "completed" }>;

/** Outcomes of good answers are few and come again and again: the last one is kept. */
export class LastGood {
  #outcome: GoodOutcome = { kind: "completed", units: 0, truncated: undefined };

  outcomeOf(judgement: GoodJudgement): GoodOutcome {
    const last = this.#outcome;
    if (
      judgement.units !== last.units ||
      judgement.truncated !== last.truncated ||
      judgement.observed !== last.observed
    )
      this.#outcome = { ...judgement, kind: "completed" };
    return this.#outcome;
  }
}
