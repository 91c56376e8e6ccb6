/** How a request ended, as the mock saw it. */
export type Outcome =
  | { readonly kind: "answered"; readonly status: number }
  /** The client hung up while it waited for a slot (no byte had been sent), or while it was being answered. */
  | { readonly kind: "left"; readonly phase: "waiting" | "answering" }
  /** The mock cut the connection, as it was told to. */
  | { readonly kind: "cut" }
  /** The mock ended the stream with an error event, as it was told to. */
  | { readonly kind: "failed-midway" };

/** Every request has exactly one outcome once it is over: `requests = active + waiting + answered + left + cut + failedMidway`. */
export interface MockLog {
  readonly requests: number;
  readonly active: number;
  readonly waiting: number;
  readonly mostActive: number;
  readonly mostWaiting: number;
  readonly answered: number;
  /** Answers by HTTP status, e.g. `{"200": 575, "503": 30}`. */
  readonly byStatus: Readonly<Record<string, number>>;
  readonly leftWaiting: number;
  readonly leftAnswering: number;
  readonly cut: number;
  readonly failedMidway: number;
  readonly chunks: number;
  readonly outputTokens: number;
}

/** Counts what became of requests. */
export class OutcomeLog {
  #requests = 0;
  #answered = 0;
  #leftWaiting = 0;
  #leftAnswering = 0;
  #cut = 0;
  #failedMidway = 0;
  #chunks = 0;
  #outputTokens = 0;
  #byStatus = new Map<number, number>();

  /** Its number, from 0 on. */
  countRequest(): number {
    return this.#requests++;
  }

  countChunk(tokens: number): void {
    this.#chunks += 1;
    this.#outputTokens += tokens;
  }

  countOutcome(outcome: Outcome): void {
    switch (outcome.kind) {
      case "answered":
        this.#answered += 1;
        this.#byStatus.set(outcome.status, (this.#byStatus.get(outcome.status) ?? 0) + 1);
        break;
      case "left":
        if (outcome.phase === "waiting") this.#leftWaiting += 1;
        else this.#leftAnswering += 1;
        break;
      case "cut":
        this.#cut += 1;
        break;
      case "failed-midway":
        this.#failedMidway += 1;
        break;
    }
  }

  read(places: Pick<MockLog, "active" | "waiting" | "mostActive" | "mostWaiting">): MockLog {
    return {
      requests: this.#requests,
      ...places,
      answered: this.#answered,
      byStatus: Object.fromEntries(this.#byStatus),
      leftWaiting: this.#leftWaiting,
      leftAnswering: this.#leftAnswering,
      cut: this.#cut,
      failedMidway: this.#failedMidway,
      chunks: this.#chunks,
      outputTokens: this.#outputTokens,
    };
  }
}
